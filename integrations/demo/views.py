"""The demo product: somebody else's page with the snippet installed."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

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
