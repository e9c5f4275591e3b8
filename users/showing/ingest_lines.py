"""The lines of the ingest log, newest first, merged from calls to explain, the history, and counts of unchanged calls.

Paging is by key, (time, rank, id): calls of one batch share their time, and none may be left out between two pages.
A filter that few lines pass looks at so many rows a page and then hands on where it stopped, so that no page is slow.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet, Sum

from users.models import AttributeChange, CallCount, EndUser, IngestEntry, Project
from users.models.documents import Changes
from users.registry.attributes import Registry
from users.showing.history import TITLES
from users.showing.ingest_words import CALLS, VERDICTS, explained, verdict_words
from users.showing.writers import writer_words
from users.types.fitting import shown
from users.writing.erase import family

PAGE: Final = 50
FIRST: Final = 5  # verdicts of a line that are in view; the others are folded
SCAN: Final = 2000
ENTRY, CHANGE, MINUTE = 2, 1, 0  # at one time, in this order

type Key = tuple[datetime, int, int]


@dataclass(slots=True)
class Line:
    key: Key
    anchor: str
    title: str
    by: str = ""
    writer: tuple[str, int | None] | None = None  # the kind and id of what wrote
    user: EndUser | None = None
    sent: str = ""
    error: str = ""
    verdicts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.key[0]

    @property
    def first(self) -> list[dict[str, Any]]:
        return self.verdicts[: self.shown_at_once]

    @property
    def rest(self) -> list[dict[str, Any]]:
        return self.verdicts[self.shown_at_once :]

    @property
    def shown_at_once(self) -> int:
        """A single one more is not worth a fold."""
        return FIRST if len(self.verdicts) > FIRST + 1 else FIRST + 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page was asked for: an id as text, the user that it leads to, part of a key, and which lines."""

    user: str = ""
    person: EndUser | None = None
    attribute: str = ""
    show: str = ""  # "", "all", "refused", or a verdict
    before: Key | None = None

    @property
    def is_narrow(self) -> bool:
        return bool(self.attribute) or self.show in VERDICTS


@dataclass(slots=True)
class Page:
    lines: list[Line]
    next: Key | None
    is_cut: bool  # stopped after SCAN rows, not at the end of a page


def page_of(project: Project, known: Registry, asked: Asked) -> Page:
    streams = [entries(project, known, asked)]
    if asked.show == "all" and asked.person:
        streams.append(changes(asked.person, known, asked))
    if asked.show == "all" and not asked.user and not asked.attribute:
        streams.append(minutes(project, asked))
    lines = sorted((line for found, _ in streams for line in found), key=lambda line: line.key, reverse=True)
    stops = [stop for _, stop in streams if stop]
    floor = max(stops, default=None)
    if floor:  # below it another stream may have lines that were not looked at
        lines = [line for line in lines if line.key >= floor]
    if len(lines) > PAGE:
        return Page(lines[:PAGE], lines[PAGE - 1].key, is_cut=False)
    return Page(lines, floor, is_cut=floor is not None)


def take(rows: QuerySet[Any], make: Callable[[Any], Line | None], rank: int, asked: Asked) -> tuple[
    list[Line], Key | None
]:  # fmt: skip
    """A page of lines, and where to go on if the limit of rows came first."""
    limit = SCAN if asked.is_narrow else PAGE + 1
    lines: list[Line] = []
    seen, row = 0, None
    for row in rows[:limit].iterator(chunk_size=200):
        seen += 1
        if line := make(row):
            lines.append(line)
        if len(lines) > PAGE:
            return lines, None
    return lines, (row.received_at, rank, row.pk) if row and seen == limit else None


def below(before: Key | None, rank: int) -> Q:
    """Rows of this rank that come after the key, on a list that goes from new to old."""
    if before is None:
        return Q()
    at, at_rank, pk = before
    if rank == at_rank:
        return Q(received_at__lt=at) | Q(received_at=at, pk__lt=pk)
    return Q(received_at__lte=at) if rank < at_rank else Q(received_at__lt=at)


def entries(project: Project, known: Registry, asked: Asked) -> tuple[list[Line], Key | None]:
    """Calls with something to explain."""
    rows = IngestEntry.objects.filter(below(asked.before, ENTRY), project=project)
    if asked.user:
        named = Q(sent_user_id=asked.user) | Q(sent_jimer_id=asked.user)
        mine = Q(user_id__in=family(project, asked.person.pk)) if asked.person else Q()
        rows = rows.filter(mine | named if mine else named)
    if asked.show == "refused":
        rows = rows.filter(outcome=IngestEntry.Outcome.REFUSED)
    rows = rows.select_related("user").order_by("-received_at", "-pk")
    return take(rows, lambda row: entry_line(row, known, asked), ENTRY, asked)


def entry_line(row: IngestEntry, known: Registry, asked: Asked) -> Line | None:
    items = [item for item in row.verdicts if fits(item["attribute"], asked)]
    if asked.show in VERDICTS:
        items = [item for item in items if item["verdict"] == asked.show]
    if asked.is_narrow and not items:
        return None
    refused = row.outcome == IngestEntry.Outcome.REFUSED
    partly = any(item["verdict"] != "converted" for item in row.verdicts)
    error = "" if any(item["reason"] == row.error for item in items) else row.error  # once is enough
    outcome = "refused" if refused else "partly stored" if partly else "stored"
    return Line(
        (row.received_at, ENTRY, row.pk), f"entry-{row.pk}", f"{CALLS.get(row.call, row.call)} {outcome}",
        writer_words(row.origin_kind, row.origin_label), (row.origin_kind, row.origin_id), row.user, row.sent_user_id or row.sent_jimer_id, error,
        [explained(item, known) for item in items],
    )  # fmt: skip


def fits(attribute: str, asked: Asked) -> bool:
    """Whether the key has what was asked for; the source before its dot counts only if a dot was asked for."""
    part = attribute if "." in asked.attribute else attribute.partition(".")[2] or attribute
    return asked.attribute.casefold() in part.casefold()


def changes(person: EndUser, known: Registry, asked: Asked) -> tuple[list[Line], Key | None]:
    """What was stored, from the user's history."""
    rows = AttributeChange.objects.filter(below(asked.before, CHANGE), user=person).order_by("-received_at", "-pk")
    return take(rows, lambda row: change_line(row, person, known, asked), CHANGE, asked)


def change_line(row: AttributeChange, person: EndUser, known: Registry, asked: Asked) -> Line | None:
    verdicts = list(stored(row.changes, known, asked))
    if not verdicts:
        return None
    return Line(
        (row.received_at, CHANGE, row.pk), f"change-{row.pk}", TITLES[AttributeChange.Kind(row.kind)],
        writer_words(row.origin_kind, row.origin_label), (row.origin_kind, row.origin_id), person, verdicts=verdicts,
    )  # fmt: skip


def stored(what: Changes, known: Registry, asked: Asked) -> Iterable[dict[str, Any]]:
    for ref, change in what.items():
        definition = known.by_ref(ref)
        if definition and ref not in ("tags", "ids") and fits(definition.field, asked):
            if "n" not in change:
                yield verdict_words("removed", definition.field, page=definition.id)
            else:
                sent = "" if definition.sensitive else shown(change["n"])
                yield verdict_words("stored", definition.field, sent=sent, page=definition.id)


def minutes(project: Project, asked: Asked) -> tuple[list[Line], Key | None]:
    """Calls that changed nothing: a count a minute."""
    rows = CallCount.objects.filter(project=project)
    if asked.before:
        at, rank, _ = asked.before
        rows = rows.filter(minute__lte=at) if rank > MINUTE else rows.filter(minute__lt=at)
    counts = rows.values_list("minute").annotate(total=Sum("unchanged")).order_by("-minute")[: PAGE + 1]
    return [minute_line(minute, total) for minute, total in counts], None


def minute_line(minute: datetime, total: int) -> Line:
    words = "1 call in this minute changed nothing" if total == 1 else f"{total:,} calls in this minute changed nothing"
    return Line((minute, MINUTE, 0), f"minute-{minute:%Y%m%d%H%M}", words)
