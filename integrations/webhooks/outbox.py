"""What happened to users, as rows that are written in the very transaction in which it happened.

See users.extend.Outbox. Bodies are as the help page shows them: {"type", "timestamp", "data": {"project_id", "user",
...}}. Values of sensitive attributes are dots, as in all answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from integrations.webhooks.wanted import Hooks, hooks, hooks_now
from segments.engines.compiled import compiled
from users.ground.text_forms import same_look
from users.models import AttributeChange, EndUser, Project, Tag
from users.models.documents import Changes
from users.registry.attributes import HIDDEN, Registry, registry
from users.types.table import compact
from users.types.timestamps import iso
from users.writing import store

IDS: Final = ("jimer_id", "user_id", "ids", "tags")  # in Changes, but values of no attribute that a call sets
SHOWN: Final = ("name", "email")
USER_COLUMNS: Final = ("id", "jimer_id", "user_id", *SHOWN)


class Writer:
    """Gathers the events of one transaction, in order, and writes them in one statement."""

    def __init__(self, project_id: int, version: int, known: Hooks, now: datetime) -> None:
        self.project_id, self.version, self.known, self.now = project_id, version, known, now
        self.registry: Registry = registry(project_id, version)
        self.rows: list[Sequence[Any]] = []

    def add(self, kind: str, user: Mapping[str, Any], data: Mapping[str, Any], subjects: Iterable[Any] = ()) -> None:
        """An event for all who want it, if anybody does."""
        if kind not in self.known.kinds or not (wanted := self.known.ids(kind, subjects)):
            return
        body = {
            "type": kind, "timestamp": iso(self.now),
            "data": {"project_id": self.known.project, "user": user, **data},
        }  # fmt: skip
        at = store.to_db(self.now)
        self.rows.append((self.project_id, user["id"], kind, at, json_of(body), wanted))

    def write(self) -> None:
        columns = "project_id, user_id, kind, at, body, hooks"
        store.insert_rows("integrations_webhookoutbox", columns, self.rows)

    def user(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """How an event names its user."""
        shown = {name: HIDDEN if source[name] and name in self.registry.hidden else source[name] for name in SHOWN}
        return {"id": source["id"], "jimer_id": source["jimer_id"], "user_id": source["user_id"], **shown}

    def profile(self, profile: Any) -> dict[str, Any]:
        return self.user({name: getattr(profile, name) for name in USER_COLUMNS})

    def values(self, changes: Changes) -> dict[str, dict[str, Any]]:
        """FIELD -> before and after, of what is still defined."""
        made = {}
        for ref, change in changes.items():
            if ref not in IDS and (item := self.registry.by_ref(ref)):
                made[item.field] = {"before": item.shown(change.get("p")), "after": item.shown(change.get("n"))}
        return made

    def draft(self, user: Mapping[str, Any], draft: Any) -> None:
        """What one call changed."""
        changes = draft.changes
        values = self.values(changes)
        origin = {"kind": draft.origin_kind, "label": draft.origin_label}
        if draft.kind == AttributeChange.Kind.CREATED:
            attributes = {field: change["after"] for field, change in values.items()}
            self.add("user.created", user, {"attributes": attributes, "origin": origin})
        if "n" in changes.get("user_id", {}):
            self.add("user.identified", user, {"origin": origin})
        if values and draft.kind != AttributeChange.Kind.CREATED:
            self.add("user.updated", user, {"changes": values, "origin": origin}, changes)
        tags = changes.get("tags", {})
        self.tags(user, tags.get("added", ()), tags.get("removed", ()), origin)

    def tags(self, user: Mapping[str, Any], added: Iterable[str], removed: Iterable[str], origin: Any) -> None:
        for kind, names in (("tag.added", added), ("tag.removed", removed)):
            for name in names:
                self.add(kind, user, {"tag": name, "origin": origin}, [same_look(name)])

    def moves(self, user: Mapping[str, Any], moves: Iterable[tuple[int, bool, str]]) -> None:
        """Segments that the user entered or left, and why. Archived ones are nobody's audience."""
        by_id = compiled(self.project_id, self.version).by_id
        for segment, inside, cause in moves:
            known = by_id.get(segment)
            if known and not known.archived:
                told = {"segment": {"id": segment, "name": known.name}, "cause": str(cause)}
                self.add("segment.entered" if inside else "segment.left", user, told, [segment])


def json_of(body: Any) -> str:
    """As clients read it; stored documents need one spelling of numbers, which costs each identify a little more."""
    try:
        return orjson.dumps(body).decode()
    except TypeError:  # whole numbers beyond 64 bits
        return compact(body)


class Outbox:
    """See users.extend.Outbox."""

    def written(self, project_id: int, version: int, profiles: Iterable[Any], now: datetime) -> None:
        if not (known := hooks(project_id, version)):
            return
        writer = Writer(project_id, version, known, now)
        for profile in profiles:
            if profile.drafts or profile.moves:
                user = writer.profile(profile)
                for draft in profile.drafts:
                    writer.draft(user, draft)
                if profile.moves:
                    moved = ((segment, inside, cause) for segment, (inside, cause) in profile.moves.items())
                    writer.moves(user, moved)
        writer.write()

    def merged(self, project_id: int, version: int, survivor: Any, absorbed: Any, merge: Any, now: datetime) -> None:
        if not (known := hooks(project_id, version)):
            return
        writer = Writer(project_id, version, known, now)
        user, origin = writer.profile(survivor), {"kind": merge.origin_kind, "label": merge.origin_label}
        filled: Changes = {ref: {"n": value} for ref, value in merge.filled.items()}
        values = writer.values(filled)
        gone = {"id": absorbed.id, "jimer_id": absorbed.jimer_id}
        writer.add("user.merged", user, {"merged": gone, "changes": values, "origin": origin})
        if values:
            writer.add("user.updated", user, {"changes": values, "origin": origin}, filled)
        brought = Tag.objects.filter(pk__in=merge.before["tags"]).order_by("pk") if merge.before["tags"] else ()
        writer.tags(user, [tag.name for tag in brought], (), origin)
        writer.write()

    def unmerged(
        self,
        project_id: int,
        version: int,
        survivor: Any,
        absorbed: Any,
        draft: Any,
        tags: Iterable[str],
        now: datetime,
    ) -> None:
        if not (known := hooks(project_id, version)):
            return
        writer = Writer(project_id, version, known, now)
        origin = {"kind": draft.origin_kind, "label": draft.origin_label}
        values = {
            item.field: item.shown(value)
            for ref, value in absorbed.attributes.items()
            if (item := writer.registry.by_ref(ref))
        }
        writer.draft(writer.profile(survivor), draft)
        writer.tags(writer.profile(survivor), (), tags, origin)
        writer.add("user.created", writer.profile(absorbed), {"attributes": values, "origin": origin})
        writer.write()

    def moved(self, project_id: int, version: int, moves: Iterable[tuple[int, int, bool, str]], now: datetime) -> None:
        known = hooks(project_id, version)
        if not known.kinds & {"segment.entered", "segment.left"}:
            return
        by_user: dict[int, list[tuple[int, bool, str]]] = {}
        for user, segment, inside, cause in moves:
            by_user.setdefault(user, []).append((segment, inside, cause))
        writer = Writer(project_id, version, known, now)
        for row in EndUser.objects.filter(pk__in=by_user).order_by("pk").values(*USER_COLUMNS):
            writer.moves(writer.user(row), by_user[row["id"]])
        writer.write()


def erased(project: Project, users: Iterable[int], now: datetime) -> None:
    """Users are about to be erased: whoever copied them is told by their ids, and nothing else of them."""
    if "user.deleted" not in (known := hooks_now(project.pk)).kinds:
        return
    version = Project.objects.values_list("version", flat=True).get(pk=project.pk)
    writer = Writer(project.pk, version, known, now)
    rows = EndUser.objects.filter(pk__in=list(users), merged_into=None).order_by("pk")
    for user in rows.values("id", "jimer_id", "user_id"):
        writer.add("user.deleted", user, {})
    writer.write()
