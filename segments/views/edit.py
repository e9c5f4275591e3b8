"""Making a segment and changing one: the builder first, then what the change does, then the name."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone

from segments.defining import edit
from segments.defining.edit import ICONS, Author, BadSegment, Outdated
from segments.engines.explain import sentence
from segments.language.rules import to_json
from segments.models import Segment
from segments.showing.from_list import converted
from segments.views.builder import read_rule
from users.accounts.access import ProjectRequest, project_view
from users.database.limits import TookTooLong
from users.ground.parameters import whole_number
from users.models import Project
from users.registry.naming import shown_name
from users.types.table import compact


def segment_at(request: ProjectRequest, pk: int) -> Segment:
    return get_object_or_404(Segment.objects.select_related("project", "owner"), project=request.project, pk=pk)


def author(request: ProjectRequest) -> Author:
    return Author(request.user, request.user.display_name)


def plain_fields(request: ProjectRequest) -> dict[str, Any]:
    return {
        "name": request.POST.get("name", ""), "description": request.POST.get("description", ""),
        "icon": request.POST.get("icon", "user-group"), "visible_to_browsers": request.POST.get("visible_to_browsers") == "on",
    }  # fmt: skip


def moved_on(request: ProjectRequest, *to: Any) -> HttpResponseBase:
    """To the page that comes next. A script that saved is only told where: to follow would use up the page's toasts."""
    if request.headers.get("X-Requested-With"):
        return HttpResponse(status=204, headers={"Location": resolve_url(*to)})
    return redirect(*to)


@project_view("segments.edit")
def new(request: ProjectRequest) -> HttpResponseBase:
    """One page: what it holds on top, what it is called below. Nothing typed is lost when it is refused."""
    given: dict[str, Any] = {name: request.GET.get(name, "") for name in ("rule", "name", "description", "icon")}
    given["static"], errors = bool(request.GET.get("static")), []
    given["rule"], left_out = from_list(request, given["rule"])
    if request.method == "POST":
        given = {
            **plain_fields(request),
            "rule": request.POST.get("rule", ""),
            "static": bool(request.POST.get("static")),
        }
        try:
            raw = None if given["static"] else to_json(read_rule(request, given["rule"]))
            made = edit.create_segment(
                request.project,
                plain_fields(request),
                rule=raw,
                static=given["static"],
                by=author(request),
                now=timezone.now(),
            )
            messages.success(request, f"{made.name} was created.")
            return moved_on(request, "segment", request.project.slug, made.pk)
        except BadSegment as bad:
            errors = bad.errors
    context = {
        "given": given, "errors": errors, "left_out": left_out, "icons": ICONS,
    }  # fmt: skip
    return render(request, "segments/new.html", context, status=422 if errors else 200)


def from_list(request: ProjectRequest, rule: str) -> tuple[str, list[str]]:
    found = converted(request.project, rule, request.GET.get("source", ""), request.GET.get("q", ""))
    return found.rule, found.left_out


@project_view("segments.edit")
def change_rule(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """The builder, then the number who would enter and leave with a sample of each, then the new version.

    Saved is only the rule whose effect was `shown`; another one is shown first.
    """
    segment = segment_at(request, pk)
    if segment.static:
        return redirect("segment", request.project.slug, pk)
    rule, errors, change, tree = request.GET.get("rule") or json.dumps(segment.rule), [], None, None
    shown, outdated = request.POST.get("shown", ""), ""
    sent = whole_number(request.POST.get("version", ""))
    expected = segment.version if sent is None else sent
    if request.method == "POST":
        rule = request.POST.get("rule", "")
        try:
            tree = read_rule(request, rule, (segment.pk,))
            if request.POST.get("confirm") and shown == compact(to_json(tree)):
                save_rule(request, segment, to_json(tree), expected)
                messages.success(request, f"{segment.name} was changed. Its members are being computed.")
                return moved_on(request, "segment", request.project.slug, pk)
            change = edit.difference(segment, tree, timezone.now())
        except BadSegment as bad:
            errors = bad.errors
        except Outdated as newer:
            outdated = str(newer)
        except TookTooLong as slow:
            errors = [{"path": "rule", "message": str(slow)}]
    context = {
        "segment": segment, "rule": rule, "errors": errors, "change": change, "expected": expected, "outdated": outdated,
        "sentence": sentence(tree) if tree else "",
        "shown": compact(to_json(tree)) if tree and change else "", "unseen": bool(change and request.POST.get("confirm")),
        "restoring": request.POST.get("restore", ""),
        "entering": names(change.entering, request.project) if change else [],
        "leaving": names(change.leaving, request.project) if change else [],
    }  # fmt: skip
    return render(request, "segments/rule.html", context, status=409 if outdated else 422 if errors else 200)


def save_rule(request: ProjectRequest, segment: Segment, rule: dict[str, Any], expected: int) -> None:
    """The versions say it where a former one came back as it was. Raises BadSegment and Outdated."""
    by, now, number = author(request), timezone.now(), whole_number(request.POST.get("restore", ""))
    former = None if number is None else segment.versions.filter(number=number).first()
    if former and former.rule == rule:
        edit.restore(segment, former.number, by, now, expected)
    else:
        edit.change_segment(segment, {}, by=by, now=now, rule=rule, expected=expected)


def names(users: Any, project: Project) -> list[tuple[int, str]]:
    return [(user.pk, shown_name(user, project)) for user in users]


@project_view("segments.edit")
def settings(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """Name, description, icon, owner, and whether browsers may learn of it."""
    segment = segment_at(request, pk)
    owners = [item.account for item in request.project.members.select_related("account").order_by("account__email")]
    if segment.owner and segment.owner not in owners:
        owners.append(segment.owner)  # stays what it is until somebody chooses another
    errors: list[dict[str, str]] = []
    given: dict[str, Any] = {
        "name": segment.name, "description": segment.description, "icon": segment.icon,
        "visible_to_browsers": segment.visible_to_browsers, "owner": segment.owner,
    }  # fmt: skip
    if request.method == "POST":
        given = plain_fields(request)
        chosen = request.POST.get("owner")
        given["owner"] = (
            segment.owner if chosen is None else next((item for item in owners if str(item.pk) == chosen), None)
        )
        try:
            edit.change_segment(segment, given, by=author(request), now=timezone.now())
            messages.success(request, "The segment was saved.")
            return moved_on(request, "segment", request.project.slug, pk)
        except BadSegment as bad:
            errors = bad.errors
    context = {
        "segment": segment, "errors": errors, "icons": ICONS, "given": given,
        "owners": owners,
    }  # fmt: skip
    return render(request, "segments/settings.html", context, status=422 if errors else 200)
