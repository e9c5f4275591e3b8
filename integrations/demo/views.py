"""The demo product: somebody else's page with the snippet installed."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.demo.showcase import SHOWCASE_ID
from users.models import EndUser, Project


def demo_product(request: HttpRequest) -> HttpResponse:
    project = Project.objects.filter(slug=settings.DEMO_PROJECT, deleting_since=None).first() if settings.DEMO else None
    person = EndUser.objects.filter(project=project, user_id=SHOWCASE_ID).first() if project else None
    if project is None or person is None:
        raise Http404
    profile = reverse("user_profile", args=[project.slug, person.pk])
    return render(
        request, "integrations/demo_product.html", {"project": project, "person": person, "profile_url": profile}
    )


@csrf_exempt  # calls come from the worker; nothing is done with them
@require_POST
def demo_webhook(request: HttpRequest) -> HttpResponse:
    """Where one of the demo's webhooks leads to: it takes everything."""
    if not settings.DEMO:
        raise Http404
    return JsonResponse({"received": True})
