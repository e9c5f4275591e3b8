"""Static segments: users by hand, by pasted ids or emails, by API."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from segments.compiled import compiled_now
from segments.follow import Move, decide_again, write_moves
from segments.models import Cause, Membership, Segment
from users import store
from users.attributes import registry_of
from users.models import EndUser, Identity, Project
from users.text_forms import email_key, trimmed

WRITTEN: Final = 100  # users of one transaction
MOST_LINES: Final = 100_000
MOST_REASONS: Final = 1000
LOOKED_UP: Final = 500
HEADERS: Final = (
    "email",
    "e-mail",
    "email address",
    "id",
    "user",
    "user id",
    "user_id",
    "userid",
    "jimer id",
    "jimer_id",
)


@dataclass(slots=True)
class Found:
    """Users by primary key, each once, and a reason for every line that led to none."""

    users: list[int] = field(default_factory=list)
    repeated: int = 0  # lines that led to a user who was found already
    missing: list[dict[str, Any]] = field(default_factory=list)  # {"line", "text", "reason"}
    missed: int = 0

    def miss(self, line: int, text: str, reason: str) -> None:
        self.missed += 1
        if len(self.missing) < MOST_REASONS:
            self.missing.append({"line": line, "text": text[:100], "reason": reason})


def look_up(project: Project, lines: Sequence[str], *, exact: bool = False) -> Found:
    """Users by User ID, Jimer ID (former ones too) or email, a line each.

    Lines are tried as they stand, then by their first column, and the first one may be a header. Where `exact`, they
    are names and nothing else.
    """
    found, seen = Found(), set[int]()
    hide = [item.key for item in registry_of(project).all() if item.source == "native" and item.sensitive]
    for start in range(0, len(lines), LOOKED_UP):
        readings = [[line] if exact else [line.strip(), clean(line)] for line in lines[start : start + LOOKED_UP]]
        texts = [name for tried in readings for name in tried if "\x00" not in name]
        by_id = by_ids(project, texts)
        by_email = {} if "email" in hide else by_emails(project, texts)
        for line, tried in enumerate(readings, start + 1):
            text = tried[-1] or tried[0]
            if not text:
                continue
            matches = next(
                (
                    users
                    for name in tried
                    if (users := by_id.get(name) or by_id.get(trimmed(name)) or by_email.get(email_key(name)))
                ),
                [],
            )
            if not matches and line == 1 and not exact and text.casefold() in HEADERS:
                continue
            if not matches:
                found.miss(line, text, "No user has this id or email.")
            elif len(matches) > 1:
                found.miss(line, text, f"{len(matches)} users have this email. Use their ids.")
            elif matches[0] in seen:
                found.repeated += 1
            else:
                seen.add(matches[0])
                found.users.append(matches[0])
    return found


def clean(line: str) -> str:
    """The first column of a line, without quotes."""
    text = line.replace("\x00", "").strip()
    for mark in ("\t", ";", ","):
        text = text.split(mark)[0].strip() if not text.startswith('"') else text
    if text.startswith('"'):
        text = text[1:].split('"')[0]
    return text.strip()


def by_ids(project: Project, texts: list[str]) -> dict[str, list[int]]:
    rows = Identity.objects.known_as([project], {way for text in texts for way in (text, trimmed(text)) if way})
    made: dict[str, list[int]] = {}
    for _, value, user in sorted(rows.values_list("kind", "value", "user_id"), reverse=True):  # User IDs win
        made.setdefault(value, [user])
    return made


def by_emails(project: Project, texts: list[str]) -> dict[str, list[int]]:
    folded = {email_key(text) for text in texts if "@" in text}
    rows = EndUser.objects.filter(project=project, merged_into=None, email_folded__in=folded)
    made: dict[str, list[int]] = {}
    for email, pk in rows.values_list("email_folded", "pk"):
        made.setdefault(str(email), []).append(pk)
    return made


def add_members(segment: Segment, users: Iterable[int], now: datetime) -> int:
    return change_members(segment, users, True, now)


def remove_members(segment: Segment, users: Iterable[int], now: datetime) -> int:
    return change_members(segment, users, False, now)


def change_members(segment: Segment, users: Iterable[int], inside: bool, now: datetime) -> int:
    """Put users of the project on the list or take them off; returns how many that changed.

    Segments built on the list are decided again in the same transaction.
    """
    if not segment.static:
        raise ValueError(f"{segment.name} has a rule; users enter and leave it by what is known about them.")
    pks, changed = sorted(set(users)), 0
    for start in range(0, len(pks), WRITTEN):
        changed += change_some(segment, pks[start : start + WRITTEN], inside, now)
    return changed


def change_some(segment: Segment, pks: list[int], inside: bool, now: datetime) -> int:
    with transaction.atomic():
        store.lock(segment.project_id, pks)
        here = set(
            EndUser.objects.filter(project_id=segment.project_id, merged_into=None, pk__in=pks).values_list(
                "pk", flat=True
            )
        )
        held = set(Membership.objects.filter(segment=segment, user_id__in=pks).values_list("user_id", flat=True))
        moving = sorted(here - held if inside else held)
        moves: list[Move] = [(user, segment.pk, inside, Cause.LIST) for user in moving]
        write_moves(moves, now)
        if moving and segment.pk in compiled_now(segment.project).by_list:
            decide_again(segment.project_id, moving, now, Cause.LIST)
    return len(moving)
