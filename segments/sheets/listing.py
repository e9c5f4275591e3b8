"""Who is meant by ids and emails that somebody sent, pasted or uploaded, and why a line led to nobody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from users.ground.spreadsheets import unguarded
from users.ground.text_forms import email_key, trimmed
from users.models import EndUser, Identity, Project
from users.registry.attributes import registry_of

MOST_REASONS: Final = 1000
LOOKED_UP: Final = 500  # texts of one query
ANY, EMAIL = "any", "email"  # beside the kinds of Identity: what a column may hold


@dataclass(slots=True)
class Found:
    """Users by primary key, each once, and a word for every line that added none."""

    users: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)  # lines that led to a user who was found already
    missing: list[dict[str, Any]] = field(default_factory=list)  # {"line", "text", "reason"}, the first ones
    missed: int = 0
    others: dict[str, list[int]] = field(default_factory=dict)  # lines of the further ones, by reason
    notes: list[str] = field(default_factory=list)  # what was read, and what was not
    seen: set[int] = field(default_factory=set)

    def miss(self, line: int, text: str, reason: str) -> None:
        self.missed += 1
        if len(self.missing) < MOST_REASONS:
            self.missing.append({"line": line, "text": text[:100], "reason": reason})
        else:
            self.others.setdefault(reason, []).append(line)

    def take(self, line: int, text: str, users: list[int]) -> None:
        """What a line led to: several users, one, or none."""
        if not users:
            self.miss(line, text, "No user has this id or email." if text else "There is no id or email.")
        elif len(users) > 1:
            self.miss(line, text, f"{len(users):,} users have this email. Use their ids.")
        elif users[0] in self.seen:
            self.repeated.append(line)
        else:
            self.seen.add(users[0])
            self.users.append(users[0])


class Names:
    """The users behind texts, looked up in batches: `load` before `find`."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.loaded: set[str] = set()
        self.ids: dict[tuple[str, str], int] = {}  # (kind of identity, value)
        self.emails: dict[str, list[int]] = {}
        self.hides_email = "email" in registry_of(project).hidden

    def load(self, texts: Iterable[str]) -> None:
        fresh = list({text for text in texts if text and "\x00" not in text} - self.loaded)
        for start in range(0, len(fresh), LOOKED_UP):
            self.load_some(fresh[start : start + LOOKED_UP])
        self.loaded.update(fresh)

    def load_some(self, texts: list[str]) -> None:
        tried = {way for text in texts for way in ways(text)}
        known = Identity.objects.known_as([self.project], tried)
        self.ids |= {(kind, value): user for kind, value, user in known.values_list("kind", "value", "user_id")}
        if self.hides_email:
            return
        rows = EndUser.objects.filter(
            project=self.project, merged_into=None, email_folded__in={email_key(way) for way in tried if "@" in way}
        )
        for email, pk in rows.values_list("email_folded", "pk"):
            if pk not in (held := self.emails.setdefault(str(email), [])):
                held.append(pk)

    def find(self, text: str, kind: str = ANY) -> list[int]:
        """Users of this kind of name, else of any: a User ID goes before a Jimer ID, an id before an email."""
        kinds = [kind, *(other for other in (Identity.Kind.USER, Identity.Kind.JIMER, EMAIL) if other != kind)]
        for tried in kinds:
            for way in ways(text):
                if tried == EMAIL and (users := self.emails.get(email_key(way))):
                    return users
                if (user := self.ids.get((tried, way))) is not None:
                    return [user]
        return []


def ways(text: str) -> list[str]:
    """A text as it stands, trimmed as ids are, and without the ' that an export puts before a formula."""
    return [way for way in dict.fromkeys((text, trimmed(text), unguarded(text), trimmed(unguarded(text)))) if way]


def look_up(project: Project, names: Sequence[str]) -> Found:
    """Users by User ID, Jimer ID (former ones too) or email, each name as it stands."""
    found, known = Found(), Names(project)
    known.load(names)
    for line, name in enumerate(names, 1):
        found.take(line, name, known.find(name))
    return found
