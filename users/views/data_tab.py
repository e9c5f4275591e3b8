"""What one does to a value on the Data tab: look closer, edit, remove, take back, reveal, add."""

import json
import logging
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, RoleRefused, project_view, wants_fragment
from users.database.value_json import read_json
from users.extend import uses_in
from users.ground.parameters import whole_number
from users.ground.secrets import keyed_hash
from users.models import CUSTOM, AttributeChange, EndUser, Project
from users.registry.attributes import AlreadyDefined, Definition, define, registry, registry_of
from users.showing import profile as data
from users.showing.feeds import FeedsOf
from users.showing.history import lines
from users.showing.links import users_with
from users.showing.problems import Problem
from users.showing.values import value_html
from users.showing.writers import writer_words
from users.types.fitting import Misfit
from users.types.table import TYPES, same
from users.types.timestamps import from_ms
from users.views.profile import tags_of, user_at
from users.writing.calls import Changed, Refused
from users.writing.edits import edit_value, input_text, member_origin, parse_typed
from users.writing.edits import undo_edit as take_back

log = logging.getLogger("users.reveal")


def definition_at(request: ProjectRequest, ref: str) -> Definition:
    definition = registry(request.project.pk, request.project.version).by_ref(ref)
    if definition is None:
        raise Http404
    return definition


def row_of(request: ProjectRequest, user: EndUser, definition: Definition) -> data.Row:
    """The row with everything the tab knows of it, differences included."""
    known = registry(request.project.pk, request.project.version)
    names = [tag.tag.name for tag in tags_of(user)] if definition.key == "tags" else []
    tab = data.build(user, known, tags=names, slug=request.project.slug)
    for row in (*tab.rows, *tab.archived):
        if row.ref == definition.ref:
            return row
    feeds = FeedsOf(request.project.pk, user.pk)
    return data.build_row(user, definition, {}, names, request.project.slug, feeds)


def context_of(request: ProjectRequest, user: EndUser, definition: Definition, **more: Any) -> dict[str, Any]:
    return {"person": user, "row": row_of(request, user, definition), "definition": definition, **more}


@project_view("users.view")
def detail(request: ProjectRequest, pk: int, ref: str) -> HttpResponseBase:
    """The row's menu (?menu=1), or what is behind its value: where to fix it, what differs, its history."""
    user, definition = user_at(request, pk), definition_at(request, ref)
    context = context_of(request, user, definition)
    if request.GET.get("menu"):
        context["uses"] = uses_in(request.project).get(definition.field, [])
        context["same"] = users_alike(request.project, context["row"])
        return render(request, "users/profile/menu.html", context)
    known = registry(request.project.pk, request.project.version)
    context["history"], context["more"] = lines(user, known, ref=ref)
    return show(request, "users/profile/detail.html", context)


def users_alike(project: Project, row: data.Row) -> str:
    """The address of the users with this value; empty where they cannot be asked for."""
    if row.value is None or row.sensitive or row.field == "native.tags":
        return ""
    return users_with(project, row.field, row.type, row.value)


def show(request: ProjectRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A row of the tab for scripts, a page of its own without them."""
    if wants_fragment(request):
        return render(request, template, context, status=status)
    return render(request, "users/profile/alone.html", context | {"part": template}, status=status)


@project_view("values.edit")
def edit(request: ProjectRequest, pk: int, ref: str) -> HttpResponseBase:
    user, definition = user_at(request, pk), definition_at(request, ref)
    row = row_of(request, user, definition)
    if row.lock:
        return HttpResponse(row.lock, status=409, content_type="text/plain; charset=utf-8")
    if request.method == "POST":
        return save(request, user, definition, row)
    text = "" if definition.sensitive else input_text(definition, row.value)
    context = context_of(request, user, definition, text=text, expected=expectation(definition, row.value))
    return show(request, "users/profile/edit.html", context)


def expectation(definition: Definition, value: Any) -> str:
    """What the form sends back to say which value it was opened on: of a sensitive one a hash, never the value."""
    text = json.dumps(value)
    return keyed_hash(text) if definition.sensitive else text


def expected_value(definition: Definition, sent: str, current: Any) -> Any:
    """The value that the form was opened on. For a sensitive one: the current value, or what it cannot be."""
    if definition.sensitive:
        return current if sent == expectation(definition, current) else {"not": "this"}
    return read_json(sent)


def save(request: ProjectRequest, user: EndUser, definition: Definition, row: data.Row) -> HttpResponseBase:
    text = request.POST.get("value", "")
    expected = request.POST.get("expected", "null")
    context = context_of(request, user, definition, text=text, expected=expected)
    try:
        shown = expected_value(definition, expected, row.value)
        value = parse_typed(request.project, definition, text, row.value)
        if row.value is not None and same(value, row.value):
            return done(request, user, f"{row.name} is unchanged.", definition, None)
        answer = edit_value(
            request.project, user, definition, value, member_origin(request.user), timezone.now(), expected=shown
        )
    except Changed as changed:
        current = changed.current[definition.ref]
        return show(request, "users/profile/edit.html", context | {
            "conflict": current, "current_html": value_html(current["value"], definition.type, definition.sensitive),
            "conflict_by": writer_words(current["kind"], current["label"]), "conflict_at": from_ms(current["t"]) if current["t"] else None,
            "expected": expectation(definition, current["value"]),
        }, 409)  # fmt: skip
    except Misfit as misfit:
        return show(
            request, "users/profile/edit.html", context | {"problem": wrong_value(definition, misfit.reason)}, 422
        )
    except (Refused, ValueError) as refused:
        message = refused.details[0]["message"] if isinstance(refused, Refused) and refused.details else str(refused)
        return show(request, "users/profile/edit.html", context | {"problem": wrong_value(definition, message)}, 422)
    return done(request, user, f"{row.name} was saved.", definition, answer.change)


def wrong_value(definition: Definition, words: str) -> Problem:
    return Problem(words, f"value-{definition.ref}")


def done(
    request: ProjectRequest, user: EndUser, text: str, definition: Definition, change: int | None
) -> HttpResponseBase:
    """Say so, offer to take it back, and let the page ask for the new rows."""
    slug = request.project.slug
    if not wants_fragment(request):
        return redirect("user_profile", slug, user.pk)
    toast = {"text": text}
    if change:
        toast["undo"] = reverse("value_restore", args=[slug, user.pk, definition.ref]) + f"?change={change}"
    response = HttpResponse("")
    response["HX-Trigger"] = json.dumps({"toast": toast, "refresh": {}})
    return response


@require_POST
@project_view("values.edit")
def remove(request: ProjectRequest, pk: int, ref: str) -> HttpResponseBase:
    user, definition = user_at(request, pk), definition_at(request, ref)
    row = row_of(request, user, definition)
    if row.lock:
        return HttpResponse(row.lock, status=409, content_type="text/plain; charset=utf-8")
    answer = edit_value(request.project, user, definition, None, member_origin(request.user), timezone.now())
    return done(request, user, f"{row.name} was removed.", definition, answer.change)


@require_POST
@project_view("values.edit")
def restore(request: ProjectRequest, pk: int, ref: str) -> HttpResponseBase:
    """Take back one write to one value, if nothing newer replaced it."""
    user, definition = user_at(request, pk), definition_at(request, ref)
    number = whole_number(request.GET.get("change", ""))
    change = None if number is None else AttributeChange.objects.filter(user=user, pk=number).first()
    if change is None or data.lock_of(definition):
        raise Http404
    try:
        take_back(request.project, user, definition, change, member_origin(request.user), timezone.now())
    except Refused as refused:
        message = "A newer value is there already; it was kept." if isinstance(refused, Changed) else refused.message
        return JsonResponse({"message": message}, status=409)
    return JsonResponse({"message": "Undone."})


@require_POST
@project_view("values.reveal")
def reveal(request: ProjectRequest, pk: int, ref: str) -> HttpResponseBase:
    """One sensitive value, for thirty seconds; who looked is in the log, what they saw is not."""
    user, definition = user_at(request, pk), definition_at(request, ref)
    row = row_of(request, user, definition)
    log.info("account %s revealed attribute %s of user %s", request.user.pk, definition.id, user.pk)
    response = JsonResponse({"html": value_html(row.value, row.type, whole=True)})
    response["Cache-Control"] = "no-store"
    return response


@project_view("values.edit")
def add(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """Give the user a value for a defined attribute, or, for admins, for a new key whose type is chosen here."""
    user = user_at(request, pk)
    known = registry(request.project.pk, request.project.version)
    lacking = [item for item in known.of_source(CUSTOM) if item.ref not in user.attributes and not item.archived]
    asked = request.POST if request.method == "POST" else request.GET
    ref, key = asked.get("ref", ""), asked.get("key", "").strip()
    chosen = next((item for item in lacking if ref == item.ref or key == item.key), None)
    context: dict[str, Any] = {
        "person": user, "lacking": sorted(lacking, key=lambda item: item.key.casefold()), "types": TYPES,
        "definition": chosen, "key": chosen.key if chosen else key, "text": asked.get("value", ""),
        "has": chosen is None and known.by_field(CUSTOM, key) is not None, "type": asked.get("type", "string"),
        "typing": bool(asked.get("key")),
    }  # fmt: skip
    if request.method != "POST":
        return show(request, "users/profile/add.html", context)
    if chosen is None and (context["has"] or not key):
        problem = Problem("Choose an attribute that is not set.", "add-key")
        return show(request, "users/profile/add.html", context | {"problem": problem}, 422)
    try:
        definition = chosen or new_definition(request)
        value = parse_typed(request.project, definition, context["text"])
        answer = edit_value(request.project, user, definition, value, member_origin(request.user), timezone.now())
    except NotDefined as wrong:
        return show(request, "users/profile/add.html", context | {"problem": wrong.problem}, 422)
    except (Misfit, Refused, ValueError) as wrong:
        problem = Problem(wrong.reason if isinstance(wrong, Misfit) else str(wrong), "value-new")
        return show(request, "users/profile/add.html", context | {"problem": problem}, 422)
    return done(request, user, f"{definition.label} was added.", definition, answer.change)


class NotDefined(Exception):
    def __init__(self, words: str, field: str) -> None:
        super().__init__(words)
        self.problem = Problem(words, field)


def new_definition(request: ProjectRequest) -> Definition:
    """Define the key once its value is known to fit the type. Raises NotDefined, and Misfit of the value."""
    if "registry.edit" not in request.can:
        raise RoleRefused(request.project, "registry.edit")
    kind = request.POST.get("type", "")
    if kind not in TYPES:
        raise NotDefined("Choose a type.", "add-type")
    TYPES[kind].coerce(TYPES[kind].parse(request.POST.get("value", "")))
    try:
        made = define(request.project, key=request.POST.get("key", ""), type_name=kind, now=timezone.now())
    except (Misfit, AlreadyDefined) as wrong:
        raise NotDefined(wrong.reason if isinstance(wrong, Misfit) else str(wrong), "add-key") from None
    found = registry_of(request.project).by_ref(made.ref)
    assert found
    return found
