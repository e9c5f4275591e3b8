"""Data Management > Attributes: the registry."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, RoleRefused, project_view
from users.extend import Affected, sources, uses_in
from users.finding.figures import figure
from users.jobs import words_for, worker_alive, worker_state
from users.models import NATIVE, Attribute, Project
from users.registry.attributes import AlreadyDefined, bump_version, define, definitions_moved
from users.registry.attributes import registry as definitions_of
from users.registry.consequences import SWITCHES, Change, affected_by
from users.registry.recommended import RECOMMENDED, received
from users.showing.attribute_page import holders, refusals, sending_line
from users.showing.feeds import FeedsOf
from users.showing.fixes import AUTOMATIC, fix_for
from users.showing.links import users_with
from users.showing.problems import Problem
from users.showing.registry_table import how_set, registry_table
from users.types.fitting import Misfit
from users.types.table import TYPES
from users.writing.retype import has_values

PAGE = 50
STATES = [("archived", "Archived"), ("sensitive", "Sensitive"), ("unused", "Never received")]


class AttributeFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_text", label="Search")
    source = django_filters.ChoiceFilter(empty_label="Any source", label="Source")
    type = django_filters.ChoiceFilter(
        choices=[(name, kind.label) for name, kind in TYPES.items()], empty_label="Any type", label="Type"
    )
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", empty_label="In use", label="State")

    class Meta:
        model = Attribute
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["source"].extra["choices"] = [(slug, item.name) for slug, item in sources.all().items()]
        for name in ("source", "type", "state"):
            self.form.fields[name].widget.attrs |= {"aria-label": self.filters[name].label, "data-submit": True}

    def by_text(self, rows: QuerySet[Attribute], name: str, value: str) -> QuerySet[Attribute]:
        return rows.filter(Q(key__icontains=value) | Q(name__icontains=value) | Q(description__icontains=value))

    def by_state(self, rows: QuerySet[Attribute], name: str, value: str) -> QuerySet[Attribute]:
        if value == "unused":
            return rows.filter(last_received=None).exclude(source=NATIVE).exclude(coverage__gt=0)
        return rows.filter(**{value: True})


class AttributeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Attribute
        fields: tuple[str, ...] = ("name", "description", "sensitive", "archived")
        help_texts = {
            "sensitive": "Its values are dots everywhere and are never searched; editors can show one for 30 seconds.",
            "archived": "Still stored, but hidden from pickers and profiles.",
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}


class NewAttributeForm(AttributeForm):
    class Meta(AttributeForm.Meta):
        fields = ("key", "type", "name", "description", "sensitive")
        help_texts = {
            **AttributeForm.Meta.help_texts,
            "key": "As your code sends it, for example plan. It cannot be renamed.",
        }

    type = forms.ChoiceField(choices=[(name, kind.label) for name, kind in TYPES.items()])


@project_view("registry.view")
def registry(request: ProjectRequest) -> HttpResponseBase:
    rows = Attribute.objects.filter(project=request.project)
    filters = AttributeFilter(request.GET, rows)
    found = filters.qs if filters.is_valid() else rows.none()
    if not request.GET.get("state"):
        found = found.filter(archived=False)
    there = received(request.project)
    total = figure(request.project, "users")
    users = total.value if total else 0
    found = sorted(
        found,
        key=lambda item: (
            item.source != NATIVE,
            item.source != "custom",
            item.source,
            item.pk if item.source == NATIVE else 0,
            item.key.casefold(),
        ),
    )
    pages = Paginator(found, PAGE)
    page = pages.get_page(request.GET.get("page"))
    table = registry_table(list(page), request.project, users, uses_in(request.project))
    return render(request, "users/data/registry.html", {
        "filter": filters, "page": page, "total": pages.count, "table": table,
        "recommended": RECOMMENDED, "received": there, "received_count": sum(there.values()),
        "case_twins": case_twins(rows), "counted": total.computed_at if total else None,
        **worker_state(timezone.now()),
    })  # fmt: skip


def case_twins(rows: QuerySet[Attribute]) -> list[list[str]]:
    """Keys of one source that differ only in case."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for source, key in rows.exclude(source=NATIVE).values_list("source", "key"):
        groups[source, key.casefold()].append(key)
    return [sorted(keys) for keys in groups.values() if len(keys) > 1]


def attribute_at(request: ProjectRequest, pk: int) -> Attribute:
    return get_object_or_404(Attribute.objects.select_related("converting"), pk=pk, project=request.project)


@dataclass(frozen=True, slots=True)
class Asks:
    """What a member confirms before an attribute that others use is archived or hidden; nothing if nobody does."""

    words: str
    affected: list[Affected]


def form_of(attribute: Attribute, sent: Any = None) -> AttributeForm:
    form = AttributeForm(sent, instance=attribute)
    if attribute.source == NATIVE:
        del form.fields["archived"]  # the profile always shows all ten
    return form


@project_view("registry.view")
def edit(request: ProjectRequest, pk: int) -> HttpResponseBase:
    attribute = attribute_at(request, pk)
    if request.method == "POST" and "registry.edit" not in request.can:
        raise RoleRefused(request.project, "registry.edit")
    form = form_of(attribute, request.POST or None)
    ask = Asks("", [])
    if request.method == "POST" and form.is_valid():
        ask = asks(form, attribute)
        if not ask.affected or request.POST.get("confirm") == "on":
            with transaction.atomic():
                form.save()
                bump_version(request.project.pk)
            messages.success(request, f"{attribute.label} was saved.")
            return redirect("registry", request.project.slug)
    problem = Problem("This was not saved yet: segments use it. Confirm it below.", "confirm") if ask.affected else None
    return show_attribute(request, attribute, form, ask, problem)


def show_attribute(
    request: ProjectRequest, attribute: Attribute, form: AttributeForm, ask: Asks, problem: Problem | None
) -> HttpResponseBase:
    context = {
        "problem": problem, "attribute": attribute, "is_automatic": how_set(attribute) == AUTOMATIC, "form": form, "heading": attribute.label, "types": TYPES,
        "type_label": TYPES[attribute.type].label, "job": attribute.converting,
        "words": words_for(attribute.converting) if attribute.converting else "",
        "uses": uses_in(request.project).get(attribute.field, []), "ask": ask, "affected": ask.affected,
        "deleting": affected_by(attribute, Change("delete")) if can_delete(request, attribute) else [],
        "worker_alive": worker_alive(timezone.now()), **known_of(request.project, attribute),
    }  # fmt: skip
    return render(request, "users/data/attribute.html", context, status=422 if form.errors or problem else 200)


def known_of(project: Project, attribute: Attribute) -> dict[str, Any]:
    """What is known of the attribute beside its definition."""
    known = definitions_of(project.pk, project.version)
    definition = known.by_ref(attribute.ref)
    if definition is None:  # defined a moment ago, after this project was read
        return {}
    fix = fix_for(definition, None, project.slug, FeedsOf(project.pk))
    return {
        "holders": holders(project, definition), "holders_url": users_with(project, definition.field, definition.type),
        "refusals": refusals(project, known, definition), "field": definition.field, "fix": fix,
        "line": sending_line(definition),
    }  # fmt: skip


def can_delete(request: ProjectRequest, attribute: Attribute) -> bool:
    """By the count of the background: what a deletion breaks is of no interest while users have values."""
    return "registry.edit" in request.can and not attribute.coverage


def asks(form: AttributeForm, attribute: Attribute) -> Asks:
    switched = [name for name in SWITCHES if name in form.changed_data and form.cleaned_data[name]]
    if not switched:
        return Asks("", [])
    what = {"archived": "Archive it", "sensitive": "Make it sensitive"}
    words = " and ".join([what[switched[0]], *(what[name].lower() for name in switched[1:])])
    return Asks(words, affected_by(attribute, Change(switched[0])))


@project_view("registry.edit")
def new(request: ProjectRequest) -> HttpResponseBase:
    form = NewAttributeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            define(request.project, key=data["key"], type_name=data["type"], now=timezone.now(), name=data["name"],
                   description=data["description"], sensitive=data["sensitive"])  # fmt: skip
            messages.success(request, f"{data['key']} was defined.")
            return redirect("registry", request.project.slug)
        except Misfit as misfit:
            form.add_error("key", misfit.reason)
        except AlreadyDefined as error:
            form.add_error("key", str(error))
    context = {"form": form, "heading": "New attribute", "attribute": Attribute()}
    return render(request, "users/data/attribute.html", context, status=422 if form.errors else 200)


@require_POST
@project_view("registry.edit")
def delete(request: ProjectRequest, pk: int) -> HttpResponseBase:
    attribute = attribute_at(request, pk)
    if attribute.source == NATIVE:
        messages.error(request, "Native attributes belong to the product and cannot be deleted.")
    elif has_values(attribute):
        messages.error(request, f"{attribute.label} was not deleted: users have values of it. Archive it instead.")
    elif affected_by(attribute, Change("delete")) and request.POST.get("confirm") != "on":
        problem = Problem(f"{attribute.label} was not deleted: confirm that what uses it breaks.", "confirm-delete")
        return show_attribute(request, attribute, form_of(attribute), Asks("", []), problem)
    else:
        with transaction.atomic():
            ref = attribute.ref
            attribute.delete()
            definitions_moved(request.project, [ref])
        messages.success(request, f"{attribute.label} was deleted.")
        return redirect("registry", request.project.slug)
    return redirect("attribute_edit", request.project.slug, pk)
