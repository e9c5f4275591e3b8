"""The newest call that arrived, for who is installing: found by indexes, however many users and changes there are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from users.models import ApiKey, AttributeChange, CallCount, EndUser, OriginKind, Project
from users.models.end_user import all_users
from users.showing.writers import writer_words

CALLS: Final = (OriginKind.SNIPPET, OriginKind.KEY, OriginKind.IMPORT)
LOOK: Final = 5000  # changes of all projects, newest first, among which the project's last is looked for


@dataclass(frozen=True, slots=True)
class LastCall:
    at: datetime
    by: str
    user: EndUser | None = None  # a call that changed nothing is only counted, without its user


def last_call_of(project: Project) -> LastCall | None:
    """What changed something, was a visit, or was only counted: whichever came last. None before the first call."""
    users = all_users(project)
    active = users.filter(last_activity__isnull=False).order_by("-last_activity", "-pk").first()
    found = []
    if change := newest_change(project) or newest_change_of([active, users.order_by("-created", "-pk").first()]):
        found.append(
            LastCall(change.received_at, writer_words(change.origin_kind, change.origin_label), change.user)
        )  # fmt: skip
    if active and active.last_activity:
        found.append(LastCall(active.last_activity, writer_words(OriginKind.SNIPPET, ""), active))
    if counted := newest_count(project):
        found.append(counted)
    # Of equal ones the first, which knows most.
    return max(found, key=lambda call: call.at, default=None)


def newest_change(project: Project) -> AttributeChange | None:
    """By primary key from the end, as the history has no index by project and time and every write would pay for one."""
    last = AttributeChange.objects.order_by("-pk").only("pk").first()
    rows = AttributeChange.objects.filter(pk__gt=last.pk - LOOK if last else 0, project=project, origin_kind__in=CALLS)
    return rows.select_related("user").order_by("-pk").first()


def newest_change_of(users: list[EndUser | None]) -> AttributeChange | None:
    """For a project that has been quiet while others were not."""
    for user in users:
        rows = AttributeChange.objects.filter(user=user, origin_kind__in=CALLS) if user else None
        if rows is not None and (change := rows.select_related("user").order_by("-received_at", "-pk").first()):
            return change
    return None


def newest_count(project: Project) -> LastCall | None:
    """A minute with calls that changed nothing; it is known to the minute, so what came within it is newer."""
    row = CallCount.objects.filter(project=project, origin_kind__in=CALLS).order_by("-minute").first()
    if row is None:
        return None
    label = ApiKey.objects.filter(pk=row.origin_id or 0).values_list("name", flat=True).first() or ""
    return LastCall(row.minute, writer_words(row.origin_kind, label))
