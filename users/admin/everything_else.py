"""Every other model, read-only: what they hold is written by the write path, jobs and the dashboard."""

from typing import Any

from django.contrib import admin

from users import models
from users.admin.read_only import ReadOnlyAdmin

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
    models.Provenance: (("user_id",), (), ()),
    models.Identity: (("kind", "value", "project", "user_id", "created"), ("value",), ("project", "kind")),
    models.Merge: (("survivor_id", "absorbed_id", "project", "at", "origin_label", "undone_at"), (), ("project",)),
    models.BlockedId: (("id_hash", "project", "created"), ("id_hash",), ("project",)),
    models.SearchTerm: (("term", "user_id", "project_id"), (), ()),
    models.AttributeChange: (
        ("user_id", "kind", "origin_kind", "origin_label", "written_at", "received_at"),
        (),
        ("kind", "origin_kind"),
    ),
    models.IngestEntry: (
        ("call", "outcome", "origin_label", "sent_user_id", "received_at"),
        ("sent_user_id", "sent_jimer_id"),
        ("outcome", "call"),
    ),
    models.CallCount: (("project", "minute", "origin_kind", "unchanged"), (), ("project",)),
    models.SeenMessage: (("message_id", "project_id", "received_at"), ("message_id",), ()),
    models.Tag: (("name", "color", "project", "user_count"), ("name",), ("project", "color")),
    models.UserTag: (("tag", "user_id", "added", "origin_label"), ("tag__name",), ()),
    models.Job: (
        ("kind", "state", "project", "progress", "total", "created", "finished"),
        ("kind",),
        ("state", "kind"),
    ),
    models.JobItem: (("job_id", "user_id"), (), ()),
    models.Figure: (("name", "project", "computed_at"), ("name",), ("project",)),
    models.WorkerBeat: (("worker", "at"), ("worker",), ()),
}


def page_of(columns: tuple[str, ...], search: tuple[str, ...], filters: tuple[str, ...]) -> type[ReadOnlyAdmin]:
    return type("Page", (ReadOnlyAdmin,), {
        "list_display": columns, "search_fields": search, "list_filter": filters, "ordering": ("-pk",),
        "exclude": ("secret_hash", "previous_hash", "token_hash", "identity_secret"),
    })  # fmt: skip


for model, page in PAGES.items():
    admin.site.register(model, page_of(*page))
