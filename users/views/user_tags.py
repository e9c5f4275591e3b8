"""Tags of one user: the combobox's options, and adding or removing one at once."""

from django.http import Http404, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, project_view, wants_fragment
from users.ground.parameters import whole_number
from users.ground.text_forms import same_look
from users.models import AttributeChange, EndUser, OriginKind, Tag, UserTag
from users.views.profile import tags_of, user_at
from users.writing.calls import Refused, TagChange
from users.writing.edits import member_origin
from users.writing.identify import identify
from users.writing.tagging import tag_user
from users.writing.tags import take_back_call

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
        answer = tag_user(
            request.project, user.pk, TagChange(add=add, remove=remove), member_origin(request.user), timezone.now()
        )
    except Refused as refused:
        return JsonResponse({"message": refused.message}, status=422)
    if not wants_fragment(request):
        return redirect("user_profile", request.project.slug, pk)
    undo = reverse("user_tags_undo", args=[request.project.slug, pk]) + f"?change={answer.change}"
    return JsonResponse({"chips": chips_of(request, user), "undo": undo if answer.change else None})


def chips_of(request: ProjectRequest, user: EndUser) -> str:
    return render_to_string("users/profile/tag_chips.html", {"user_tags": tags_of(user)}, request)


@require_POST
@project_view("tags.edit")
def undo(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """Take back what one write by hand did to the tags."""
    user, number = user_at(request, pk), whole_number(request.GET.get("change", ""))
    change = None if number is None else AttributeChange.objects.filter(user=user, pk=number).first()
    if change is None or "tags" not in change.changes or change.origin_kind != OriginKind.MEMBER:
        raise Http404
    try:
        identify(request.project, take_back_call(user.pk, change), member_origin(request.user), timezone.now())
    except Refused as refused:
        return JsonResponse({"message": refused.message}, status=refused.status)
    return JsonResponse({"chips": chips_of(request, user)})
