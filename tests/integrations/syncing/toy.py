"""A vendor of a few people, kept in this process: what runs do is tested with it, without HTTP."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from integrations.audiences.keeping import COMPARE, start_work
from integrations.connectors import registry
from integrations.connectors.base import BadRecord, Connector, Field, ObjectKind, Page, Property, Record
from integrations.connectors.failures import VendorRefused
from integrations.models import Audience, SyncRun
from integrations.syncing import connecting
from integrations.syncing.choices import keep_choices, read_choices
from integrations.syncing.links import link_of
from integrations.syncing.runs import start_run
from integrations.syncing.told import tell
from segments.defining.edit import Author, create_segment
from segments.membership.lists import add_members
from tests.factories import SERVER
from users.extend import Source, sources
from users.jobs.machinery import claim_and_run
from users.models import EndUser, Job
from users.writing.calls import Call
from users.writing.identify import identify

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = 3


class Vendor:
    """Its records by id; `faults` are raised, one for each call that follows."""

    def __init__(self):
        self.people, self.faults, self.calls = {}, [], []
        self.whole = False  # it gives all there is whatever it is asked
        self.listed = [
            Property("email", "Email", preselected=True, identifies="email"),
            Property("plan", "Plan", options={"pro": "Pro", "free": "Free"}),
            Property("seats", "Seats", "number"),
            Property("topics", "Topics", "list"),
        ]

    def put(self, pk, *, minutes=0, gone=False, keys=(), **values):
        self.people[pk] = Record(
            "contacts", pk, START + timedelta(minutes=minutes), values, keys, values.get("email", ""), gone
        )

    def spoil(self, pk, reason):
        self.people[pk] = BadRecord("contacts", pk, reason)


class Toy(Connector):
    slug = "toy"
    source = Source(
        "toy", "Toy CRM", simple_icon="hubspot", fix="Read from the Toy property {key}.", how_set="Toy {key}"
    )
    description = "People in this process."
    fields = (Field("token", "Token"), Field("region", "Region", secret=False, required=False, choices=(("eu", "EU"),)))
    objects = (
        ObjectKind("contacts", "Contacts"),
        ObjectKind("companies", "Companies", people=False, preselected=False),
    )
    listed = False
    vendor = Vendor()

    def ask_vendor(self, link):
        self.vendor.calls.append(link.credentials.get("token"))
        if self.vendor.faults:
            raise self.vendor.faults.pop(0)
        if link.credentials.get("token") != "good":
            raise VendorRefused("The token is not accepted.", path="token")

    def check(self, link):
        self.ask_vendor(link)
        return {"account": "Toy of Fernhill"}

    def properties(self, link, objects):
        self.ask_vendor(link)
        return list(self.vendor.listed)

    def page(self, link, ask, position):
        self.ask_vendor(link)
        since = (
            datetime.fromisoformat(ask.since["at"])
            if ask.since and not self.vendor.whole
            else datetime.min.replace(tzinfo=UTC)
        )
        people = [one for one in self.vendor.people.values() if isinstance(one, BadRecord) or one.at >= since]
        begin = position.get("from", 0)
        newest = max((one.at for one in people if isinstance(one, Record)), default=START)
        rest = len(people) - begin - PAGE
        if rest > 0:
            return Page(people[begin : begin + PAGE], {"from": begin + PAGE}, left=rest)
        return Page(people[begin:], None, {"at": newest.isoformat()}, left=0, whole=self.vendor.whole)

    def fetch(self, link, ask, ids):
        self.ask_vendor(link)
        return [self.vendor.people[pk] for _, pk in ids if pk in self.vendor.people]

    def change_audience(self, link, audience, add, remove):
        self.ask_vendor(link)
        return []

    def audience_members(self, link, audience, position):
        self.ask_vendor(link)
        return [], None

    def record_url(self, link, object, record_id):
        return f"https://toy.example/{object}/{record_id}"


def install():
    """Make the toy one of the connectors, with an empty vendor."""
    registry.connectors.cache_clear()
    if sources.get("toy") is None:
        sources.add("toy", Toy.source)
    Toy.vendor = Vendor()
    return Toy.vendor


def connected(project, **more):
    """A connection with everything mapped; for tests of others."""
    vendor = install()
    now = timezone.now()
    connection = connecting.connect(project, registry.connectors()["toy"], {"token": "good"}, now)
    sent = {"properties": [{"property": "plan"}, {"property": "seats"}], **more}
    choices = read_choices(connection, Toy(), link_of(connection), sent)
    keep_choices(connection, Toy(), choices, now)
    return connection, vendor


def read_connection(project, user_id="u1"):
    """A connection that was read: one user found, one value that does not fit, one record of nobody."""
    connection, vendor = connected(project)
    person = EndUser.objects.get(project=project, user_id=user_id)
    if not person.email:
        identify(project, Call(target=person.pk, email="u1@example.com"), SERVER, timezone.now())
    vendor.put("1", email=person.email or "u1@example.com", plan="pro", seats="many")
    vendor.put("2", email="nobody@example.com", plan="pro")
    claim_and_run(start_run(connection, SyncRun.Trigger.MEMBER, timezone.now()).job.pk)
    return connection


def sync_job(project, kind):
    """A job of this kind that has something to do."""
    connection, vendor = connected(project, create_users=True)
    for number in range(4):
        vendor.put(str(number), email=f"c{number}@example.com", plan="pro")
    run = start_run(connection, SyncRun.Trigger.MEMBER, timezone.now())
    if kind == "sync_run":
        return run.job
    claim_and_run(run.job.pk)
    connection.refresh_from_db()
    return connecting.disconnect(connection, timezone.now(), remove=True)


def later_job(project, kind, people, now):
    """A job about a connection that was read: an audience that is compared, or records that the vendor named."""
    connection, vendor = connected(project, create_users=True)
    vendor.put("1", email="c1@example.com", plan="pro")
    claim_and_run(start_run(connection, SyncRun.Trigger.MEMBER, now).job.pk)
    if kind == "records_told":
        tell(connection, [("contacts", "1")])
        return Job.objects.get(kind=kind)
    segment = create_segment(project, {"name": "List"}, rule=None, static=True, by=Author(None, "A"), now=now)
    add_members(segment, people, now)
    fields = {"segment": segment, "name": "List", "vendor_id": "1", "followed_to": now, "state": "active"}
    return start_work(Audience.objects.create(connection=connection, **fields), COMPARE)
