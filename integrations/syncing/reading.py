"""The job that reads a connection: one page of the vendor a chunk, written before the next is asked for.

A worker that dies leaves whole pages, and the next one goes on behind the last. A run has up to three steps: READ
until the vendor has no more, then CLEAN (those that met all there is: what they did not meet is gone) or LATE (records whose user came since).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from integrations.connectors.base import Ask, Connector, Link, Page, Property
from integrations.connectors.failures import VendorAway, VendorBusy, VendorFailure, VendorRefused
from integrations.models import Connection, PropertyMapping, SyncedRecord, SyncProblem, SyncRun
from integrations.syncing.links import connector_of, link_of
from integrations.syncing.runs import State, Step, end_run
from integrations.syncing.writing import PageWriter, Stopped, advance_run, forget_records
from users.jobs import Later, register
from users.models import EndUser, Identity, Job
from users.types.table import TYPES

MOST_TRIES: Final = 6  # of one page, while the vendor is away
LONGEST_WAIT: Final = 3600.0  # seconds; a vendor that asks for more is asked again then
GONE: Final = "{name} has no property {property} any more. Its values here stay as they are."
SLICE: Final = 100  # records that are looked up or removed in one go


def words(job: Job) -> str:
    return f"Reading {job.params.get('name', 'a connection')}"


@register("sync_run", words=words, own_transactions=True, lane="syncs", in_turns=True)
def chunk(job: Job, now: datetime) -> bool | Later:
    """params: {"run": id, "name": the connection's}."""
    run = SyncRun.objects.select_related("connection__project").filter(pk=job.params["run"]).first()
    if run is None or run.state not in (State.WAITING, State.RUNNING):
        return True
    if run.connection.state in (Connection.State.PAUSED, Connection.State.LEAVING):
        end_run(run, State.CANCELLED, now)
        return True
    try:
        return read_on(run, job, now)
    except VendorBusy as busy:
        return wait(run, busy.after, busy.message, now)
    except VendorAway as away:
        tries = job.result["tries"] = job.result.get("tries", 0) + 1
        if tries < MOST_TRIES:
            return wait(run, 2.0**tries, away.message, now)
        end_run(run, State.FAILED, now, error=away.message)
    except VendorRefused as refused:
        end_run(run, State.FAILED, now, error=refused.message, broken=True)
    except VendorFailure as failure:
        end_run(run, State.FAILED, now, error=failure.message)
    except Stopped:
        pass
    return True


def wait(run: SyncRun, seconds: float, why: str, now: datetime) -> Later:
    seconds = min(max(seconds, 1.0), LONGEST_WAIT)
    SyncRun.objects.filter(pk=run.pk).update(waiting_until=now + timedelta(seconds=seconds), waiting_for=why)
    return Later(seconds)


def read_on(run: SyncRun, job: Job, now: datetime) -> bool | Later:
    connection = run.connection
    found, link = connector_of(connection), link_of(connection)
    if run.state == State.WAITING:
        begin(run, found, link, now)
    elif run.waiting_until:
        SyncRun.objects.filter(pk=run.pk).update(waiting_until=None, waiting_for="")
    vanished = run.position.get("vanished", [])
    mappings = [mapping for mapping in connection.mappings.order_by("pk") if mapping.property not in vanished]
    writer = PageWriter(run, mappings, now)
    ask = ask_of(connection, run, mappings)
    pause = 0.0
    if run.step == Step.READ:
        page = found.page(link, ask, run.position.get("at") or {})
        lost = [mapping for mapping in mappings if mapping.property in page.vanished]
        for mapping in lost:
            tell(run, mapping, GONE.format(name=connection.name, property=mapping.property))
        writer.leave_out(lost)
        write_page(run, writer, page, [*vanished, *(mapping.property for mapping in lost)])
        pause = page.pause
        done = False
    elif run.step == Step.CLEAN:
        done = clean(run, now)
    else:
        done = again(run, writer, found, link, ask) if run.step == Step.AGAIN else late(run, writer, found, link, ask)
    job.result.pop("tries", None)
    job.progress, job.total = run.read, run.read + run.left if run.left is not None else None
    if done:
        end_run(run, State.DONE, now)
        return True
    return Later(pause) if pause else False


def ask_of(connection: Connection, run: SyncRun, mappings: Sequence[PropertyMapping]) -> Ask:
    names = [mapping.property for mapping in mappings]
    return Ask(
        objects=connection.objects_read, properties=list(dict.fromkeys([connection.match_property, *names])),
        since=run.since, now=run.started, match=connection.match_property,
    )  # fmt: skip


def begin(run: SyncRun, found: Connector, link: Link, now: datetime) -> None:
    """Look what the vendor's properties are today: one may have vanished, another have new labels."""
    listed = {one.name: one for one in found.properties(link, run.connection.objects_read)}
    if run.connection.match_property not in listed:
        message = (
            f"{run.connection.name} has no property {run.connection.match_property} any more, by which users are found."
        )
        raise VendorRefused(message)
    vanished = check_properties(run, listed)
    fields: dict[str, Any] = {"started": now, "position": {**run.position, "vanished": vanished}}
    if not SyncRun.objects.filter(pk=run.pk, state=State.WAITING).update(state=State.RUNNING, **fields):
        raise Stopped
    run.refresh_from_db()


def check_properties(run: SyncRun, listed: dict[str, Property]) -> list[str]:
    """The names of mapped properties that are no more. Labels that changed are kept; a new type is told."""
    vanished = []
    name = run.connection.name
    for mapping in run.connection.mappings.all():
        one = listed.get(mapping.property)
        if one is None:
            vanished.append(mapping.property)
            tell(run, mapping, GONE.format(name=name, property=mapping.property))
        elif one.type != mapping.type and not TYPES[mapping.type].takes_all:
            was, now_is = TYPES[mapping.type].label.lower(), TYPES[one.type].label.lower()
            tell(run, mapping, f"The property is of type {now_is} at {name} now, and is kept here as {was}.")
        if one is not None and dict(one.options) != mapping.options:
            mapping.options = dict(one.options)
            mapping.save(update_fields=["options"])
    return vanished


def tell(run: SyncRun, mapping: PropertyMapping, reason: str) -> None:
    SyncProblem.objects.create(
        run=run, kind=SyncProblem.Kind.FAILED, object=mapping.object, record="", property=mapping.property,
        label=mapping.label, reason=reason,
    )  # fmt: skip


def write_page(run: SyncRun, writer: PageWriter, page: Page, vanished: Sequence[str]) -> None:
    position = {**run.position, "at": page.position, "vanished": list(vanished)}
    moved: dict[str, Any] = {"left": page.left}
    if page.position is None:
        position = {"vanished": list(vanished), "cursor": page.cursor}
        moved["step"] = Step.CLEAN if run.full or page.whole else Step.LATE
    writer.write(page.records, position=position, **moved)


def clean(run: SyncRun, now: datetime) -> bool:
    """Forget some of the records that a full run did not meet. Whether none is left."""
    if not run.read and SyncedRecord.objects.filter(connection=run.connection, user__isnull=False).exists():
        raise VendorFailure(
            f"{run.connection.name} gave no record at all, so nothing was removed. Is the filter right?"
        )
    rows = list(SyncedRecord.objects.filter(connection=run.connection).exclude(seen=run.pk).order_by("pk")[:SLICE])
    if not rows:
        return True
    with transaction.atomic():
        forget_records(run.connection, rows, now)
        gone = sum(row.user_id is not None for row in rows)
        advance_run(run, removed=run.removed + gone)
    return False


def late(run: SyncRun, writer: PageWriter, found: Connector, link: Link, ask: Ask) -> bool:
    """Read those records again whose user was not there when they came, and is now. Whether none is left."""
    after = run.position.get("late", 0)
    here = users_of_keys(run.connection)
    waiting = SyncedRecord.objects.filter(connection=run.connection, user=None, pk__gt=after).exclude(key="")
    rows = list(waiting.filter(Exists(here)).order_by("pk")[:SLICE])
    if not rows:
        return True
    records = found.fetch(link, ask, [(row.object, row.record) for row in rows])
    if records is None:
        return True  # the next full run meets them
    writer.write(records, position={**run.position, "late": rows[-1].pk})
    return False


def users_of_keys(connection: Connection) -> Any:
    """Users who are known by the key of a record, for Exists."""
    if connection.match_on == "native.email":
        return EndUser.objects.filter(project=connection.project_id, merged_into=None, email_folded=OuterRef("key"))
    kind = Identity.Kind.USER if connection.match_on == "native.user_id" else Identity.Kind.JIMER
    return Identity.objects.filter(project=connection.project_id, kind=kind, value=OuterRef("key"))


def again(run: SyncRun, writer: PageWriter, found: Connector, link: Link, ask: Ask) -> bool:
    """Read the records that the run was started for. Whether none is left."""
    ids = [(str(pair[0]), str(pair[1])) for pair in run.position.get("ids", [])]
    if not ids:
        return True
    records = found.fetch(link, ask, ids[:SLICE])
    if records is None:
        raise VendorFailure(f"{run.connection.name} cannot be asked for single records. Start a full sync.")
    writer.write(records, position={**run.position, "ids": ids[SLICE:]})
    return False
