"""A user's page: values read-only with their source, and one typed form that calls the write path."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

import users.ground.converters  # noqa: F401  `row` below
from users.admin.read_only import ReadOnlyAdmin
from users.finding.search import search
from users.ground.parameters import whole_number
from users.models import NATIVE, EndUser, OriginKind
from users.registry.attributes import Definition, registry_of
from users.registry.naming import shown_name
from users.showing.problems import Problem
from users.showing.profile import build, lock_of
from users.types.fitting import Misfit
from users.writing.calls import Origin, Refused
from users.writing.edits import edit_value, input_text, parse_typed
from users.writing.erase import erase_user


class ValueForm(forms.Form):
    """One attribute's value: first chosen (?attribute=REF), then given in the input of its type."""

    attribute = forms.ChoiceField()
    value = forms.CharField(required=False, strip=False)
    remove = forms.BooleanField(required=False, label="Remove the value")

    def __init__(self, *args: Any, definitions: list[Definition], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definitions = {item.ref: item for item in definitions}
        field: Any = self.fields["attribute"]
        field.choices = [(item.ref, f"{item.label} ({item.source}, {item.type})") for item in definitions]  # type: ignore[attr-defined]

    def typed_input(self, user: EndUser, asked: str) -> dict[str, Any] | None:
        """What the input of the attribute asked for shows: what was typed, else the stored value unless it is hidden."""
        chosen = self.definitions.get(self.data.get("attribute", asked))
        if chosen is None:
            return None
        stored = getattr(user, chosen.key) if chosen.source == NATIVE else user.attributes.get(chosen.ref)
        text = "" if chosen.sensitive else input_text(chosen, stored)
        words = " ".join(str(error) for error in self.errors.get("value", [])) if self.is_bound else ""
        problem = Problem(words, f"value-{chosen.ref}") if words else None
        return {"label": f"{chosen.label}, {chosen.type}", "type": chosen.type, "id": chosen.ref, "ref": chosen.ref,
                "text": self.data.get("value", text), "problem": problem}  # fmt: skip


@admin.register(EndUser)
class EndUserAdmin(ReadOnlyAdmin):
    list_display = ("shown", "user_id", "jimer_id", "project", "sessions", "last_activity")
    list_filter = ("project",)
    list_select_related = ("project",)
    search_fields = ("user_id",)
    search_help_text = "The start of a word of the name, email or an id"
    ordering = ("-pk",)

    @admin.display(description="User")
    def shown(self, user: EndUser) -> str:
        return shown_name(user, user.project)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term:
            return queryset, False
        from users.models import Project

        found: list[int] = []
        for project in Project.objects.all()[:50]:
            found += search(project, search_term, 200)
        return queryset.filter(pk__in=found), False

    def get_urls(self) -> list[Any]:
        own = path("<row:pk>/erase/", self.admin_site.admin_view(self.erase), name="users_enduser_erase")
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        number = whole_number(object_id)
        user = (
            None
            if number is None
            else EndUser.objects.select_related("project", "provenance").filter(pk=number).first()
        )
        if user is None or not self.has_view_permission(request, user):
            return HttpResponseRedirect(reverse("admin:users_enduser_changelist"))
        known = registry_of(user.project)
        editable = [item for item in known.all() if not lock_of(item)]
        form = ValueForm(request.POST or None, definitions=editable)
        if request.method == "POST" and form.is_valid() and self.save_value(request, user, form):
            return HttpResponseRedirect(request.path)
        tags = [item.tag.name for item in user.user_tags.select_related("tag")]
        data = build(user, known, tags=tags, slug=user.project.slug)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": shown_name(user, user.project), "person": user,
            "rows": [*data.rows, *data.archived], "form": form, "editable": editable,
            "input": form.typed_input(user, request.GET.get("attribute", "")), "merged": user.merged_into_id,
            "dashboard": reverse("user_profile", args=[user.project.slug, user.pk]),
        }  # fmt: skip
        return TemplateResponse(request, "users/admin/end_user.html", context)

    def save_value(self, request: HttpRequest, user: EndUser, form: ValueForm) -> bool:
        """Through the write path, with the superuser as origin. False with an error beside the field."""
        definition = form.definitions[form.cleaned_data["attribute"]]
        email = request.user.get_username()
        origin = Origin(OriginKind.ADMIN, request.user.pk, f"Django admin, {email}")
        try:
            value = None
            if not form.cleaned_data["remove"]:
                value = parse_typed(
                    user.project, definition, form.cleaned_data["value"], user.attributes.get(definition.ref)
                )
            edit_value(user.project, user, definition, value, origin, timezone.now())
        except (Misfit, Refused) as wrong:
            form.add_error("value", wrong.reason if isinstance(wrong, Misfit) else wrong.message)
            return False
        messages.success(request, f"{definition.label} was saved.")
        return True

    def erase(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = EndUser.objects.select_related("project").filter(pk=pk).first()
        if user and request.method == "POST" and request.POST.get("number", "").strip() == "1":
            erase_user(user.project, user.pk)
            messages.success(request, "1 user was erased.")
            return HttpResponseRedirect(reverse("admin:users_enduser_changelist"))
        messages.error(request, "Nothing was erased: type 1 to confirm.")
        return HttpResponseRedirect(reverse("admin:users_enduser_change", args=[pk]))
