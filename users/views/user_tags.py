"""Tags of one user: the combobox's options, and adding or removing one at once."""

from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.access import ProjectRequest, project_view, wants_fragment
from users.calls import Refused, TagChange
from users.edits import member_origin
from users.models import Tag, UserTag
from users.tags import tag_user
from users.text_forms import same_look
from users.views.profile import tags_of, user_at

MOST_OPTIONS = 500


def tag_rows(request: ProjectRequest) -> list[Tag]:
    """The project's tags with ?q= in them, most used first."""
    tags = Tag.objects.filter(project=request.project)
    if typed := request.GET.get("q", "").replace("\x00", "").strip():
        tags = tags.filter(folded__contains=same_look(typed))
    return list(tags.order_by("-user_count", "folded")[:MOST_OPTIONS])


@project_view("tags.edit")
def options(request: ProjectRequest, pk: int) -> HttpResponseBase:
    user = user_at(request, pk)
    mine = set(UserTag.objects.filter(user=user).values_list("tag_id", flat=True))
    return JsonResponse([
        {"name": tag.name, "color": tag.color, "count": tag.user_count, "has": "all" if tag.pk in mine else "none"}
        for tag in tag_rows(request)
    ], safe=False)  # fmt: skip


@require_POST
@project_view("tags.edit")
def change(request: ProjectRequest, pk: int) -> HttpResponseBase:
    user = user_at(request, pk)
    add, remove = request.POST.getlist("add"), request.POST.getlist("remove")
    try:
        tag_user(
            request.project, user.pk, TagChange(add=add, remove=remove), member_origin(request.user), timezone.now()
        )
    except Refused as refused:
        return JsonResponse({"message": refused.message}, status=422)
    if not wants_fragment(request):
        return redirect("user_profile", request.project.slug, pk)
    chips = render_to_string("users/profile/tag_chips.html", {"user_tags": tags_of(user), "can": request.can})
    return JsonResponse({"chips": chips})
