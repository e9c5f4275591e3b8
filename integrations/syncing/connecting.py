"""Connections made, tested, paused, resumed, given new credentials and disconnected."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations.connectors.base import Connector, Json
from integrations.connectors.failures import VendorFailure
from integrations.models import Connection, SyncedRecord
from integrations.syncing.links import connector_of, link_of, new_link, sealed
from integrations.syncing.moved_records import people_go
from integrations.syncing.removing import take_off
from integrations.syncing.runs import NotNow, cancel_run, current_run, next_run_of
from users.ground.text_forms import trimmed
from users.jobs import register, start_job
from users.models import Account, Job, Project
from users.types.fitting import printable

State = Connection.State
MOST: Final = 50  # connections of a project
LONGEST_NAME: Final = 100
SLICE: Final = 100
CAN_PAUSE: Final = (State.DRAFT, State.ACTIVE, State.BROKEN)


def connect(
    project: Project, found: Connector, credentials: Json, now: datetime, *, name: str = "", by: Account | None = None
) -> Connection:
    """Log in and keep the credentials. Nothing is mapped yet. Raises VendorFailure, or NotNow for too many."""
    if Connection.objects.filter(project=project).count() >= MOST:
        raise NotNow(f"A project has {MOST} connections at most. Disconnect one first.")
    link = new_link(found, credentials)
    account = found.check(link)
    match_property, match_on = found.matches(link, account)
    return Connection.objects.create(
        project=project, connector=found.slug, name=name_of(found, project, name), credentials=sealed(link.credentials),
        account=account, match_property=match_property, match_on=match_on,
        objects_read=[kind.slug for kind in found.objects if kind.preselected], created_by=by, created=now,
    )  # fmt: skip


def name_of(found: Connector, project: Project, name: str) -> str:
    """As asked for, or the vendor's name; a second one is told apart by a number."""
    wanted = trimmed(printable(name))[:LONGEST_NAME] or found.source.name
    taken = set(Connection.objects.filter(project=project).values_list("name", flat=True))
    numbered = (f"{wanted[: LONGEST_NAME - 4]} {number}" for number in range(2, MOST + 2))
    return next(one for one in (wanted, *numbered) if one not in taken)


def check_connection(connection: Connection) -> Json:
    """Log in again, as now stored; returns what the vendor says of the account. Raises VendorFailure."""
    account = connector_of(connection).check(link_of(connection))
    Connection.objects.filter(pk=connection.pk).update(account=account)
    connection.account = account
    return account


def reconnect(connection: Connection, credentials: Json, now: datetime) -> None:
    """New credentials, once the vendor takes them; a broken connection goes on then. Raises VendorFailure."""
    found = connector_of(connection)
    link = new_link(found, credentials)
    account = found.check(link)
    fields: dict[str, Any] = {
        "credentials": sealed(link.credentials),
        "account": account,
        "error": "",
        "error_since": None,
    }
    if matches_as_at_first(connection, found):  # nobody chose otherwise: another id column is followed
        fields["match_property"], fields["match_on"] = found.matches(link, account)
    if account.get("account") != connection.account.get("account"):
        fields["cursor"] = None  # another account has other records
    if connection.state == State.BROKEN:
        fields |= {"state": State.ACTIVE, "next_run": now}
    Connection.objects.filter(pk=connection.pk).update(**fields)
    connection.refresh_from_db()


def matches_as_at_first(connection: Connection, found: Connector) -> bool:
    try:
        link = link_of(connection)
    except VendorFailure:  # its credentials cannot be read any more
        return False
    return (connection.match_property, connection.match_on) == found.matches(link, connection.account)


def pause(connection: Connection, now: datetime) -> None:
    """A run that is on stops behind its page; what it wrote stays."""
    if not Connection.objects.filter(pk=connection.pk, state__in=CAN_PAUSE).update(state=State.PAUSED):
        raise NotNow(f"{connection.name} cannot be paused: it is {connection.get_state_display().lower()}.")
    stop_run(connection, now)
    connection.refresh_from_db()


def resume(connection: Connection, now: datetime) -> None:
    paused = Connection.objects.filter(pk=connection.pk, state=State.PAUSED)
    state = State.ACTIVE if connection.mappings.exists() else State.DRAFT
    if not paused.update(state=state, next_run=next_run_of(connection, now) and now):
        raise NotNow(f"{connection.name} is not paused.")
    connection.refresh_from_db()


def stop_run(connection: Connection, now: datetime) -> None:
    run = current_run(connection)
    if run is not None:
        try:
            cancel_run(run, now)
        except NotNow:
            return  # it ended by itself


def disconnect(connection: Connection, now: datetime, *, remove: bool, by: Account | None = None) -> Job | None:
    """The connection goes. Its values stay, or are removed in the background first. Its attributes stay in any case."""
    with transaction.atomic():
        Connection.objects.filter(pk=connection.pk).update(state=State.LEAVING, credentials="", next_run=None)
        stop_run(connection, now)
        if remove:
            params = {"connection": connection.pk, "name": connection.name}
            return start_job(connection.project, "disconnect", params, by)
        connection.delete()
    return None


def words(job: Job) -> str:
    return f"Removing the values of {job.params.get('name', 'a connection')}"


@register("disconnect", words=words, lane="syncs")
def chunk(job: Job, now: datetime) -> bool:
    """params: {"connection": id, "name"}. Users lose what it wrote, one slice after the other; then it is deleted."""
    connection = Connection.objects.select_related("project").filter(pk=job.params["connection"]).first()
    if connection is None:
        return True
    mine = SyncedRecord.objects.filter(connection=connection, pk__gt=job.cursor or 0).order_by("pk")
    rows = list(mine.values_list("pk", "user_id")[:SLICE])
    take_off(connection, {user for _, user in rows if user is not None}, now)
    job.progress += len(rows)
    job.cursor = rows[-1][0] if rows else job.cursor
    if len(rows) < SLICE:
        connection.delete()
        return True
    return False


def users_with_values(connection: Connection) -> int:
    """How many users have values of it; for the question before they are removed."""
    return SyncedRecord.objects.filter(connection=connection, user__isnull=False).values("user").distinct().count()


def forget_people(project: Any, users: Any) -> None:
    """Before users are erased: what is kept of the vendor's records about them goes in the same transaction."""
    people_go(users := list(users))
    SyncedRecord.objects.filter(user__in=users).delete()
