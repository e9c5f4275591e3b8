"""A page of records, written: values, who was found, who was not, what is gone, and how far the run is, all at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations.connectors.base import BadRecord, Record
from integrations.models import Connection, PropertyMapping, SyncedRecord, SyncProblem, SyncRun
from integrations.syncing.calls import call_of, origin_of
from integrations.syncing.matching import Match, folded, matched
from integrations.syncing.moved_records import records_moved
from integrations.syncing.problem_words import WITHHELD
from integrations.syncing.removing import take_off
from users.registry.attributes import HIDDEN, Registry, registry_of
from users.types.fitting import printable, shown
from users.writing.calls import Answer, Call, Refused
from users.writing.identify import identify_batch

SHOWN: Final = 300  # characters of a text that a problem quotes
COUNTS: Final = ("read", "matched", "created_users", "changed", "unchanged", "unmatched", "failed", "removed")


class Stopped(Exception):
    """Somebody cancelled the run, or another worker has it: this page must not be written."""


@dataclass(slots=True)
class Written:
    """What a page came to."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    problems: list[SyncProblem] = field(default_factory=list)


class PageWriter:
    """Writes pages of one run. Records are dealt with in their order; each counts once."""

    def __init__(self, run: SyncRun, mappings: Sequence[PropertyMapping], now: datetime) -> None:
        self.run, self.connection, self.mappings, self.now = run, run.connection, mappings, now
        self.project = run.connection.project
        self.property_of = {mapping.key: mapping.property for mapping in mappings}
        self.written = Written()

    def leave_out(self, mappings: Sequence[PropertyMapping]) -> None:
        """The vendor does not know these properties: nothing is written of them, also no removal."""
        self.mappings = [mapping for mapping in self.mappings if mapping not in mappings]

    def write(self, records: Sequence[Record | BadRecord], **moved: Any) -> None:
        """All of it, and the run's row with `moved`, in one transaction. Raises Stopped."""
        self.written = Written()
        with transaction.atomic():
            self.write_records(records)
            SyncProblem.objects.bulk_create(self.written.problems)
            counts = self.written.counts
            advance_run(
                self.run, **{name: getattr(self.run, name) + counts[name] for name in COUNTS if counts[name]}, **moved
            )

    def write_records(self, records: Sequence[Record | BadRecord]) -> None:
        self.written.counts["read"] += len(records)
        self.close_problems({record.id[:200] for record in records})
        bad = [record for record in records if isinstance(record, BadRecord)]
        for one in bad:
            self.fail(one, one.reason)
        if bad:  # it is there, whatever is wrong with it
            mine = SyncedRecord.objects.filter(connection=self.connection)
            mine.filter(record__in={one.id[:200] for one in bad}).update(seen=self.run.pk)
        readable = [record for record in records if isinstance(record, Record)]
        known = self.known_records(readable)
        self.forget_gone([record for record in readable if record.gone], known)
        matches = matched(self.connection, [record for record in readable if not record.gone])
        twice = self.named_before(matches)
        self.write_matches([match for match in matches if id(match) not in twice])
        if twice:  # who was made for the first is there for the second
            again = matched(self.connection, [match.record for match in matches if id(match) in twice])
            matches = [match for match in matches if id(match) not in twice] + again
            self.write_matches(again)
        self.remember(matches, known)

    def close_problems(self, records: set[str]) -> None:
        """What earlier runs said of these is no longer so; this one says it again if it is."""
        earlier = SyncProblem.objects.filter(record__in=records, open=True, run__connection=self.connection)
        pks = list(earlier.values_list("pk", flat=True))
        if pks:
            SyncProblem.objects.filter(pk__in=pks).update(open=False)

    def named_before(self, matches: Sequence[Match]) -> set[int]:
        """Those that would make a user whom an earlier one of the page makes already."""
        made: set[str] = set()
        found = set()
        for match in matches:
            if match.creates:
                key = folded(self.connection.match_on, match.key)
                if key in made:
                    found.add(id(match))
                made.add(key)
        return found

    def write_matches(self, matches: Sequence[Match]) -> None:
        for match in matches:
            if match.user is None and not match.creates:
                self.note(match.record, SyncProblem.Kind.UNMATCHED, match.reason, value=match.key)
                self.written.counts["unmatched"] += 1
        found = [match for match in matches if match.user is not None or match.creates]
        calls = [call_of(self.connection, match, self.mappings, self.now) for match in found]
        if not calls:
            return
        answers = identify_batch(self.project, calls, origin_of(self.connection), self.now)
        registry = registry_of(self.project)
        for match, call, answer in zip(found, calls, answers, strict=True):
            self.count(match, call, answer, registry)

    def count(self, match: Match, call: Call, answer: Answer | Refused, registry: Registry) -> None:
        counts = self.written.counts
        if isinstance(answer, Refused):
            self.fail(match.record, answer.message, user=match.user)
            return
        match.user = answer.user
        counts["matched"] += 1
        counts["created_users"] += answer.created
        if answer.rejected:
            counts["failed"] += 1
            for item in answer.rejected:
                self.note_value(match, call, item, registry)
        else:
            counts["changed" if answer.changed or answer.created else "unchanged"] += 1

    def note_value(self, match: Match, call: Call, item: dict[str, str], registry: Registry) -> None:
        key = item["attribute"]
        definition = registry.by_field(self.connection.connector, key)
        hides = definition is not None and definition.sensitive
        value = HIDDEN if hides else shown(call.attributes.get(key))
        reason = WITHHELD if hides else item["reason"]
        self.note(
            match.record, SyncProblem.Kind.FAILED, reason, user=match.user, value=value,
            property=self.property_of.get(key, key),
        )  # fmt: skip

    def fail(self, record: Record | BadRecord, reason: str, user: int | None = None) -> None:
        self.written.counts["failed"] += 1
        self.note(record, SyncProblem.Kind.FAILED, reason, user=user)

    def note(self, record: Record | BadRecord, kind: str, reason: str, *, user: int | None = None, **more: str) -> None:
        texts = {name: printable(text)[:SHOWN] for name, text in more.items()}
        self.written.problems.append(SyncProblem(
            run=self.run, kind=kind, object=record.object, record=record.id[:200], reason=reason, user_id=user,
            label=printable(record.label)[:SHOWN], **texts,
        ))  # fmt: skip

    def known_records(self, records: Sequence[Record]) -> dict[tuple[str, str], SyncedRecord]:
        rows = SyncedRecord.objects.filter(
            connection=self.connection, record__in={record.id[:200] for record in records}
        )
        return {(row.object, row.record): row for row in rows}

    def forget_gone(self, gone: Sequence[Record], known: dict[tuple[str, str], SyncedRecord]) -> None:
        rows = [row for record in gone if (row := known.pop((record.object, record.id[:200]), None))]
        forget_records(self.connection, rows, self.now)
        self.written.counts["removed"] += sum(row.user_id is not None for row in rows)

    def remember(self, matches: Sequence[Match], known: dict[tuple[str, str], SyncedRecord]) -> None:
        """Keep who each record is about. A record that is about somebody else now takes its values along."""
        new: dict[tuple[str, str], SyncedRecord] = {}
        moved: list[SyncedRecord] = []
        met: list[int] = []
        for match in matches:
            name = (match.record.object, match.record.id[:200])
            key = folded(self.connection.match_on, match.key)[:255]
            row = known.get(name) or new.get(name)
            if row is None:
                new[name] = SyncedRecord(
                    connection=self.connection,
                    object=name[0],
                    record=name[1],
                    user_id=match.user,
                    key=key,
                    seen=self.run.pk,
                )
                continue
            if (row.user_id, row.key) != (match.user, key):
                former, row.user_id, row.key = row.user_id, match.user, key
                if row.pk:
                    moved.append(row)
                if former is not None and former != match.user:
                    take_off(self.connection, [former], self.now)
            if row.pk:
                met.append(row.pk)
        SyncedRecord.objects.bulk_create(new.values())
        SyncedRecord.objects.bulk_update(moved, ["user", "key"])
        records_moved(self.connection, [*(row for row in new.values() if row.user_id is not None), *moved])
        if met:
            SyncedRecord.objects.filter(pk__in=met).update(seen=self.run.pk)


def forget_records(connection: Connection, rows: Sequence[SyncedRecord], now: datetime) -> None:
    """These records are gone: so are their users' values, unless another record of theirs is still there."""
    users = {row.user_id for row in rows if row.user_id is not None}
    records_moved(connection, rows)
    SyncedRecord.objects.filter(pk__in=[row.pk for row in rows]).delete()
    others = SyncedRecord.objects.filter(connection=connection, user__in=users).values_list("user_id", flat=True)
    take_off(connection, sorted(users - set(others)), now)


def advance_run(run: SyncRun, **fields: Any) -> None:
    """One more page is dealt with; within the transaction that did it. Raises Stopped."""
    still = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING, pages=run.pages)
    if not still.update(pages=run.pages + 1, **fields):
        raise Stopped
    run.pages += 1
    for name, value in fields.items():
        setattr(run, name, value)
