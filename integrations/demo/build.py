"""Builds the demo: accounts, project, keys, and every moment of the cast through the write path."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from django.conf import settings

from integrations.demo import showcase
from integrations.demo.audiences import build_audiences
from integrations.demo.connection import build_connection
from integrations.demo.imports import build_import
from integrations.demo.moments import Moment, Writers, anonymous_visits, import_rows, moments_of, shared_computers
from integrations.demo.people import PERSON_COUNT, SEED, Person, people
from integrations.demo.webhooks import build_webhooks
from users.accounts.keys import create_key
from users.accounts.projects import create_project
from users.models import Account, ApiKey, EndUser, Figure, OriginKind, Project, ProjectMember
from users.writing.calls import Origin
from users.writing.identify import identify, identify_batch

BATCH = 250
ANONYMOUS = 320
BASE = "http://127.0.0.1:8000"
OLDEST = timedelta(days=560)  # a little before the first sign-up


@dataclass(frozen=True, slots=True)
class Demo:
    project: Project
    showcase: EndUser
    logins: list[tuple[str, str, str]]  # email, password, role


def build(now: datetime, *, people_count: int = PERSON_COUNT, base: str = BASE) -> Demo:
    """A project "Fernhill" whose history ends at `now`. Raises if one exists: a demo is built once per database."""
    logins: list[tuple[str, str, str]] = list(settings.DEMO_LOGINS)
    owner = make_accounts(logins)
    project = create_project("Fernhill", owner=owner, time_zone="Europe/Paris")
    for email, _, role in logins[1:]:
        ProjectMember.objects.create(project=project, account=Account.objects.get(email=email), role=role)
    writers = make_writers(project, owner, now)
    cast = list(islice(people(now), people_count))
    write_in_batches(project, happened(everything(cast, now, writers), now))
    for moments in (showcase.many_attributes, showcase.unusual_values, showcase.showcase):
        for moment in moments(now, writers):
            identify(project, moment.call, moment.origin, moment.at)
    maya = EndUser.objects.get(project=project, user_id=showcase.SHOWCASE_ID)
    build_audiences(project, owner, now)
    build_import(project, owner, now)
    build_webhooks(project, owner, base, now)
    if settings.DEMO_CRM_URL:
        build_connection(project, owner, now)
    # The install page's curl names this user.
    Figure.objects.create(project=project, name="example_user", value=maya.pk, computed_at=now)
    return Demo(project, maya, logins)


def make_accounts(logins: list[tuple[str, str, str]]) -> Account:
    """The demo's members; the first is admin and superuser."""
    names = {"admin": "Alex Rivera", "editor": "Edith Moreau", "viewer": "Victor Osei"}
    (email, password, role), *rest = logins
    owner = Account.objects.create_superuser(email, password, name=names[role])
    for email, password, role in rest:
        Account.objects.create_user(email, password, name=names[role])
    return owner


def make_writers(project: Project, owner: Account, now: datetime) -> Writers:
    billing = make_key(
        project, "Billing", ["ingest", "read", "write"], owner, now - OLDEST, now - timedelta(minutes=40)
    )
    warehouse = make_key(project, "Warehouse export", ["ingest"], owner, now - OLDEST, now - timedelta(minutes=1))
    return Writers(
        snippet=Origin(OriginKind.SNIPPET, None, "Snippet", public=True),
        billing=Origin(OriginKind.KEY, billing.pk, billing.name),
        warehouse=Origin(OriginKind.KEY, warehouse.pk, warehouse.name),
        hubspot=Origin(OriginKind.SYNC, None, "HubSpot"),
        salesforce=Origin(OriginKind.SYNC, None, "Salesforce"),
        segment=Origin(OriginKind.SYNC, None, "Segment"),
        member=Origin(OriginKind.MEMBER, owner.pk, owner.display_name),
    )


def make_key(
    project: Project, name: str, scopes: list[str], owner: Account, created: datetime, last_used: datetime
) -> ApiKey:  # fmt: skip
    """A key as old as what was written with it."""
    key, _ = create_key(project, name, scopes, owner)
    ApiKey.objects.filter(pk=key.pk).update(created=created, last_used=last_used)
    return key


def happened(moments: Iterable[Moment], now: datetime) -> list[Moment]:
    """In order of time, without what would only come later: who signed up yesterday has not been synced since."""
    return sorted((moment for moment in moments if moment.at <= now), key=lambda moment: moment.at)


def everything(cast: list[Person], now: datetime, writers: Writers) -> Iterator[Moment]:
    random = Random(SEED + 9)
    for person in cast:
        yield from moments_of(person, now, writers, random)
    yield from anonymous_visits(now, writers, ANONYMOUS)
    yield from shared_computers(cast, writers)
    yield from import_rows(cast, now, writers)


def write_in_batches(project: Project, moments: Iterable[Moment]) -> None:
    """In order of time, day by day and writer by writer, received when the last of the batch was sent."""
    for batch in batches(moments):
        calls = [replace(moment.call, timestamp=moment.call.timestamp or moment.at) for moment in batch]
        identify_batch(project, calls, batch[0].origin, batch[-1].at + timedelta(seconds=1))


def batches(moments: Iterable[Moment]) -> Iterator[list[Moment]]:
    """Runs of one writer within a day. Writers of one day may be reordered: their moments are apart in time."""
    day: dict[Origin, list[Moment]] = {}
    today = None
    for moment in moments:
        if moment.at.date() != today:
            yield from in_parts(day)
            day, today = {}, moment.at.date()
        day.setdefault(moment.origin, []).append(moment)
    yield from in_parts(day)


def in_parts(day: dict[Origin, list[Moment]]) -> Iterator[list[Moment]]:
    for batch in day.values():
        for start in range(0, len(batch), BATCH):
            yield batch[start : start + BATCH]
