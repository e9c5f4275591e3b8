"""What a connection reads and where it goes: chosen, tried out on five real records, and kept."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from integrations.connectors.base import Connector, Property
from integrations.connectors.failures import VendorFailure
from integrations.models import Connection, SyncRun
from integrations.syncing import runs
from integrations.syncing.choices import BadChoice, choices_of, keep_choices, read_choices
from integrations.syncing.links import connector_of, link_of
from integrations.syncing.matching import MATCH_ON
from integrations.syncing.preview import preview
from integrations.syncing.schedules import CHOICES as SCHEDULES
from integrations.syncing.schedules import text_of
from integrations.views.connections import connection_at
from users.accounts.access import ProjectRequest, project_view
from users.registry.attributes import registry_of
from users.showing.problems import Problem
from users.types.table import TYPES

# What is wrong in the API's words -> the control of the page.
CONTROLS = {
    "objects": "objects", "match": "match_on", "match.on": "match_on", "match.property": "match_property",
    "schedule": "schedule", "empty": "empty", "create_users": "create_users", "properties": "properties",
}  # fmt: skip


@project_view("integrations.edit")
def mapping(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """GET shows the choices; POST do=preview tries them out, do=again lists other objects, do=run or keep keeps them."""
    connection = connection_at(request, pk)
    try:
        found, link = connector_of(connection), link_of(connection)
        if request.method != "POST":
            said = choices_of(connection)
            return page(request, connection, found, found.properties(link, said["objects"]), said)
        said = sent_choices(request, connection)
        listed = found.properties(
            link, [name for name in said["objects"] if name in {one.slug for one in found.objects}]
        )
        return answer(request, connection, found, link, listed, said)
    except VendorFailure as failure:
        context = {"connection": connection, "failure": failure.message}
        return render(request, "integrations/connections/away.html", context, status=502)


def answer(
    request: ProjectRequest,
    connection: Connection,
    found: Connector,
    link: Any,
    listed: list[Property],
    said: dict[str, Any],
) -> HttpResponseBase:
    what, now = request.POST.get("do"), timezone.now()
    if what == "again":
        return page(request, connection, found, listed, said)
    try:
        choices = read_choices(connection, found, link, said)
        if what == "preview":
            samples = preview(connection, found, link, choices, now)
            if "email" in registry_of(connection.project).hidden:
                for sample in samples:
                    sample.label = ""
            return page(request, connection, found, listed, said, samples=samples)
        if not choices.mapped:
            raise BadChoice("properties", "Choose at least one property.")
        keep_choices(connection, found, choices, now)
    except BadChoice as bad:
        return page(request, connection, found, listed, said, problem=problem_of(bad, said, listed), status=422)
    if what == "run":
        try:
            runs.start_run(connection, SyncRun.Trigger.MEMBER, now, by=request.user)
        except runs.NotNow as reason:
            messages.error(request, str(reason))
    else:
        messages.success(request, f"{connection.name} will be read as chosen.")
    return redirect("connection", request.project.slug, connection.pk)


def problem_of(bad: BadChoice, said: dict[str, Any], listed: list[Property]) -> Problem:
    """At the control of the page. Of a property, its row's."""
    if bad.path in CONTROLS:
        return Problem(bad.message, CONTROLS[bad.path])
    _, number, *member = bad.path.split(".")
    names = [one.name for one in listed]
    name = said["properties"][int(number)]["property"]
    at = names.index(name) if name in names else 0
    return Problem(bad.message, f"{member[0] if member and member[0] in ('key', 'type') else 'property'}-{at}")


def sent_choices(request: ProjectRequest, connection: Connection) -> dict[str, Any]:
    """The form as the API's body. Rows are named by their property, so that the vendor's order may change meanwhile."""
    sent = request.POST
    return {
        "objects": sent.getlist("objects"),
        "match": {"property": sent.get("match_property", ""), "on": sent.get("match_on", "")},
        "create_users": sent.get("create_users") == "yes", "empty": sent.get("empty", "keep"),
        "schedule": sent.get("schedule", text_of(connection.schedule)),
        "properties": [
            {"property": name, "key": sent.get(f"key:{name}", "").strip() or None, "type": sent.get(f"type:{name}") or None}
            for name in sent.getlist("property")
        ],
    }  # fmt: skip


def page(
    request: ProjectRequest, connection: Connection, found: Connector, listed: list[Property], said: dict[str, Any], *,
    samples: Any = None, problem: Problem | None = None, status: int = 200,
) -> HttpResponseBase:  # fmt: skip
    context = {
        "connection": connection, "found": found, "said": said, "samples": samples, "problem": problem,
        "rows": rows_of(connection, found, listed, said), "types": [(name, kind.label) for name, kind in TYPES.items()],
        "match_on": [(field, words) for field, words in MATCH_ON.items()], "empties": Connection.Empty.choices,
        "schedules": [(text_of(minutes), words) for minutes, words in SCHEDULES],
        "matchable": sorted(listed, key=lambda one: (not one.identifies, one.label.casefold())),
        "is_new": connection.state == Connection.State.DRAFT,
    }  # fmt: skip
    return render(request, "integrations/connections/mapping.html", context, status=status)


def rows_of(
    connection: Connection, found: Connector, listed: list[Property], said: dict[str, Any]
) -> list[dict[str, Any]]:
    """Each property with what is chosen of it: mapped ones first, then those that make sense, then the others."""
    chosen = {item["property"]: item for item in said["properties"]}
    registry = registry_of(connection.project)
    is_first = connection.state == Connection.State.DRAFT and not chosen
    rows = []
    for at, one in enumerate(listed):
        item = chosen.get(one.name, {})
        key = item.get("key") or one.key
        there = registry.by_field(found.slug, key)
        rows.append({
            "at": at, "property": one, "key": key, "is_mapped": one.name in chosen or (is_first and one.preselected),
            "type": item.get("type") or (there.type if there else one.type), "is_there": there is not None,
            "choices": ", ".join(list(one.options.values())[:50]),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (not row["is_mapped"], not row["property"].preselected))
