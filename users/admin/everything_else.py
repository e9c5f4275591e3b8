"""Every other model, read-only: what they hold is written by the write path, jobs and the dashboard."""

import json
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from users import models
from users.admin.read_only import ReadOnlyAdmin
from users.registry.attributes import Registry, registry_of
from users.showing.ingest_words import is_sensitive
from users.showing.profile import HIDDEN

DOTS = "••••••••"

admin.site.site_header = admin.site.site_title = f"{settings.PRODUCT_NAME} administration"
models.EndUser._meta.verbose_name, models.EndUser._meta.verbose_name_plural = "user", "users"
for named, plural in (
    (models.Identity, "identities"),
    (models.ApiKey, "API keys"),
    (models.Provenance, "provenance"),
    (models.IngestEntry, "ingest entries"),
):
    named._meta.verbose_name_plural = plural

# model -> (columns, search, filters)
PAGES: dict[Any, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    models.ProjectPreference: (("account", "project"), ("account__email",), ()),
    models.AccessLink: (("kind", "email", "project", "expires", "used", "revoked"), ("email",), ("kind",)),
    models.ApiKey: (("name", "prefix", "project", "created", "last_used", "revoked"), ("name", "prefix"), ("project",)),
    models.RateLease: (("bucket", "window", "used"), ("bucket",), ()),
    models.Attribute: (
        ("field", "type", "project", "coverage", "archived", "sensitive"),
        ("key", "name"),
        ("project", "source", "type"),
    ),
    models.Provenance: (("user_id",), ("user",), ()),
    models.Identity: (("kind", "value", "project", "user_id", "created"), ("value",), ("project", "kind")),
    models.Merge: (
        ("survivor_id", "absorbed_id", "project", "at", "origin_label", "undone_at"),
        ("survivor", "absorbed"),
        ("project", "origin_kind"),
    ),
    models.BlockedId: (("id_hash", "project", "created"), ("id_hash",), ("project",)),
    models.SearchTerm: (("term", "user_id", "project_id"), ("user",), ("project",)),
    models.AttributeChange: (
        ("user_id", "kind", "origin_kind", "origin_label", "written_at", "received_at"),
        ("user",),
        ("kind", "origin_kind"),
    ),
    models.IngestEntry: (
        ("call", "outcome", "origin_label", "sent_user_id", "received_at"),
        ("sent_user_id", "sent_jimer_id"),
        ("outcome", "call"),
    ),
    models.CallCount: (("project", "minute", "origin_kind", "unchanged"), (), ("project", "origin_kind")),
    models.SeenMessage: (("message_id", "project_id", "received_at"), ("message_id",), ()),
    models.Tag: (("name", "color", "project", "user_count"), ("name",), ("project", "color")),
    models.UserTag: (("tag", "user_id", "added", "origin_label"), ("tag__name",), ()),
    models.Job: (
        ("kind", "state", "project", "progress", "total", "created", "finished"),
        ("kind",),
        ("state", "kind"),
    ),
    models.JobItem: (("job_id", "user_id"), ("user",), ()),
    models.Figure: (("name", "project", "computed_at"), ("name",), ("project",)),
    models.WorkerBeat: (("worker", "at", "lanes", "duties"), ("worker",), ()),
}


USER_FIELDS = ("user", "survivor", "absorbed")
SECRETS = ("secret_hash", "previous_hash", "token_hash", "identity_secret")
HOLD_VALUES = ("changes", "verdicts", "filled")  # shown without those of sensitive attributes
# model -> the address of its page in the dashboard, and whether that is one page for each
DASHBOARD: dict[Any, tuple[str, bool]] = {
    models.ApiKey: ("keys", False), models.Attribute: ("attribute_edit", True), models.Tag: ("tags", False),
}  # fmt: skip


class RowAdmin(ReadOnlyAdmin):
    exclude = SECRETS

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = self.extra_fields()
        names = [name for name in super().get_fields(request, obj) if name not in (*HOLD_VALUES, *own)]
        return [*names, *own]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *self.extra_fields()]

    def extra_fields(self) -> list[str]:
        columns = {field.name for field in self.model._meta.get_fields()}
        values = [f"shown_{name}" for name in HOLD_VALUES if name in columns]
        return [*values, *(["in_dashboard"] if self.model in DASHBOARD else [])]

    @admin.display(description="Dashboard")
    def in_dashboard(self, row: Any) -> str:
        name, has_own = DASHBOARD[self.model]
        url = reverse(name, args=[row.project.slug, *([row.pk] if has_own else [])])
        return format_html('<a href="{}">View in dashboard</a>', url)

    @admin.display(description="Changes")
    def shown_changes(self, row: Any) -> str:
        return as_text(masked(row.changes, registry_of(row.project)))

    @admin.display(description="Filled")
    def shown_filled(self, row: Any) -> str:
        return as_text(masked(row.filled, registry_of(row.project)))

    @admin.display(description="Verdicts")
    def shown_verdicts(self, row: Any) -> str:
        known = registry_of(row.project)
        hidden = {"sent": DOTS, "reason": HIDDEN}
        return as_text([item | (hidden if is_sensitive(item["attribute"], known) else {}) for item in row.verdicts])


def masked(what: Any, known: Registry) -> Any:
    """The values by ref, those of sensitive attributes as dots, however deep they lie."""
    if not isinstance(what, dict):
        return what
    sensitive = {ref for ref in what if (definition := known.by_ref(ref)) and definition.sensitive}
    return {ref: DOTS if ref in sensitive else masked(value, known) for ref, value in what.items()}


def as_text(what: Any) -> str:
    return json.dumps(what, ensure_ascii=False, indent=1)


def page_of(columns: tuple[str, ...], search: tuple[str, ...], filters: tuple[str, ...]) -> type[ReadOnlyAdmin]:
    by_user = tuple(name for name in search if name in USER_FIELDS)
    return type("Page", (RowAdmin,), {
        "list_display": columns, "search_fields": search, "list_filter": filters, "ordering": ("-pk",),
        "user_fields": by_user, "search_help_text": "A User ID, Jimer ID or number, whole" if by_user else None,
    })  # fmt: skip


for model, page in PAGES.items():
    admin.site.register(model, page_of(*page))
