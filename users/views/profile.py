"""A user's profile: a page of its own, and the panel beside the list, under one address."""

from typing import Any
from zlib import crc32

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, project_view, wants_fragment
from users.accounts.preferences import preference
from users.extend import profile_tabs
from users.models import EndUser, Identity, IngestEntry, ProjectPreference, UserTag
from users.registry.attributes import registry
from users.registry.naming import shown_name
from users.showing import profile as data
from users.views.confirming import Question, ask_again
from users.views.history import history_context
from users.writing.erase import erase_user


def user_at(request: ProjectRequest, pk: int) -> EndUser:
    users = EndUser.objects.select_related("provenance").filter(project=request.project)
    return get_object_or_404(users, pk=pk)


def etag_of(request: ProjectRequest, user: EndUser, tab: str, chosen: ProjectPreference) -> str:
    """Changes with whatever the profile shows: the row, the registry, its newest line of the ingest log, and what
    the member pinned and how they order it."""
    newest = IngestEntry.objects.filter(user=user).order_by("-received_at", "-pk").values_list("pk", flat=True).first()
    own = crc32(repr((chosen.pins, chosen.data_order)).encode())
    return f'"{user.pk}-{user.revision}-{request.project.version}-{newest or 0}-{own:x}-{tab}"'


@project_view("users.view")
def profile(request: ProjectRequest, pk: int) -> HttpResponseBase:
    user = user_at(request, pk)
    if user.merged_into_id:
        return redirect("user_profile", request.project.slug, user.merged_into_id)
    tab = request.GET.get("tab", "data")
    if tab not in ("data", "history", *profile_tabs.all()):
        raise Http404
    chosen = preference(request.user, request.project)
    etag = etag_of(request, user, tab, chosen)
    if request.headers.get("X-Live") and etag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304)
    template = "users/profile/fragment.html" if wants_fragment(request) else "users/profile/page.html"
    response = render(request, template, context_of(request, user, tab, etag, chosen))
    response["ETag"] = etag
    patch_vary_headers(response, ("HX-Request",))
    return response


def context_of(
    request: ProjectRequest, user: EndUser, tab: str, etag: str, chosen: ProjectPreference
) -> dict[str, Any]:
    known = registry(request.project.pk, request.project.version)
    tags = tags_of(user)
    context: dict[str, Any] = {
        "person": user, "title": shown_name(user, request.project), "tab": tab, "etag": etag, "user_tags": tags,
        "ids": list(Identity.objects.filter(user=user).order_by("kind", "created", "pk")),
        "panel": wants_fragment(request) and not request.GET.get("page"), "address": reverse("user_profile", args=[request.project.slug, user.pk]),
        "sensitive_names": known.hidden, "extra_tabs": [(extra, extra.count(request, user) if extra.count else None) for extra in profile_tabs.all().values()],
    }  # fmt: skip
    if tab == "data":
        order = chosen.data_order
        names = [tag.tag.name for tag in tags]
        context["data"] = data.build(user, known, tags=names, slug=request.project.slug, pins=chosen.pins, order=order)
        context |= {"order": order, "source": request.GET.get("source", ""), "q": request.GET.get("q", "")}
    elif tab == "history":
        context |= history_context(request, user, known)
    elif extra := profile_tabs.get(tab):
        context["tab_html"] = extra.view(request, user)
    return context


def tags_of(user: EndUser) -> list[UserTag]:
    return list(UserTag.objects.filter(user=user).select_related("tag").order_by("added", "tag_id"))


@require_POST
@project_view("users.erase")
def erase(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """Erase one user, once the number 1 was typed."""
    user = user_at(request, pk)
    name = shown_name(user, request.project)
    if request.POST.get("number", "").strip() != "1":
        return ask_again(request, Question(
            f"Erase {name}?", "All values, history, ids and tags go, with every profile merged into it. It cannot be undone.",
            "number", "1", "Erase 1 user", reverse("user_profile", args=[request.project.slug, user.pk]),
            {"block": "on"} if request.POST.get("block") == "on" else {},
        ))  # fmt: skip
    erase_user(request.project, user.pk, block=request.POST.get("block") == "on")
    messages.success(request, f"{name} was erased.")
    return redirect("users_list", request.project.slug)
