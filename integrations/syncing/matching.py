"""Whom a record is about: users by their email or one of their ids, many records at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.connectors.base import Record
from integrations.models import Connection
from integrations.syncing.values import is_empty
from users.ground.text_forms import email_key, trimmed
from users.models import EndUser, Identity, Project
from users.writing.resolve import new_jimer_id

MATCH_ON: Final = {
    "native.email": "email",
    "native.user_id": "user id",
    "native.jimer_id": "Jimer ID",
}
LONGEST: Final = 255  # characters of what users are known by


@dataclass(slots=True)
class Match:
    """A record and its user, or why it has none. `key` is what the user would be known by."""

    record: Record
    key: str = ""
    user: int | None = None
    reason: str = ""
    creates: bool = False
    keys: list[str] = field(default_factory=list)

    def call(self, on: str) -> dict[str, Any]:
        """How the write path is told whom it is about."""
        if self.user is not None:
            return {"target": self.user}
        if on == "native.email":
            return {"jimer_id": new_jimer_id(), "email": self.key}
        return {on.removeprefix("native."): self.key}


def matched(connection: Connection, records: Sequence[Record]) -> list[Match]:
    """Each record with its user. A user is named by the first of a record's keys that leads to one."""
    found = [Match(record, keys=keys_of(connection, record)) for record in records]
    known = users_known_by(connection.project, connection.match_on, {key for match in found for key in match.keys})
    for match in found:
        decide(connection, match, known)
    return found


def keys_of(connection: Connection, record: Record) -> list[str]:
    values = [record.values.get(connection.match_property), *record.keys]
    texts = [trimmed(str(value)) for value in values if not is_empty(value) and not isinstance(value, (list, dict))]
    return list(dict.fromkeys(text for text in texts if text and len(text) <= LONGEST))


def folded(on: str, key: str) -> str:
    return email_key(key) if on == "native.email" else key


def users_known_by(project: Project, on: str, keys: Iterable[str]) -> dict[str, list[int]]:
    """key, folded -> users. Of an email there may be several."""
    wanted = {folded(on, key) for key in keys}
    found: dict[str, list[int]] = {}
    if not wanted:
        return found
    if on == "native.email":
        rows = EndUser.objects.filter(project=project, merged_into=None, email_folded__in=wanted)
        for email, pk in rows.order_by("pk").values_list("email_folded", "pk"):
            found.setdefault(str(email), []).append(pk)
        return found
    kind = Identity.Kind.USER if on == "native.user_id" else Identity.Kind.JIMER
    for known, value, pk in Identity.objects.known_as([project], wanted).values_list("kind", "value", "user_id"):
        if known == kind:
            found[value] = [pk]
    return found


def decide(connection: Connection, match: Match, known: dict[str, list[int]]) -> None:
    on, said = connection.match_on, MATCH_ON[connection.match_on]
    if not match.keys:
        match.reason = f"The record has no {connection.match_property}, by which users are found."
        return
    match.key = match.keys[0]
    for key in match.keys:
        users = known.get(folded(on, key), [])
        if len(users) == 1:
            match.key, match.user = key, users[0]
            return
        if users:
            match.reason = f"{len(users):,} users have this {said}, so whose record it is cannot be told."
            return
    if connection.create_users:
        match.creates = True
    else:
        match.reason = f"No user has this {said}, and this connection creates nobody."
