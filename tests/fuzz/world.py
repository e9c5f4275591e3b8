"""A project with something of every kind in it, a stranger's beside it, one that is being deleted, and all who ask."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone

from segments.defining import edit
from segments.defining.edit import Author
from segments.membership.lists import add_members
from segments.models import Membership, Segment, SegmentVersion
from tests.factories import SERVER, SNIPPET, AccountFactory, ProjectFactory, member, user
from users.accounts.access_links import hash_token
from users.accounts.keys import SCOPES, create_key
from users.jobs import start_job
from users.jobs.machinery import run_all_jobs
from users.models import (
    AccessLink,
    ApiKey,
    Attribute,
    AttributeChange,
    EndUser,
    IngestEntry,
    Job,
    Merge,
    Project,
    ProjectMember,
    Tag,
)
from users.writing.calls import Call, TagChange
from users.writing.identify import identify

ROLES = ("anonymous", "viewer", "editor", "admin", "superuser")
VALUES: dict[str, Any] = {
    "plan": "Pro", "seats": 4, "beta": True, "signup": "2024-06-15", "renewed": "0001-01-01T00:00:00Z", "ends": "9999-12-31T23:59:59.999Z",
    "skills": ["a", 1, True], "pin": "4711", "é.ü": "x", "big": 1e300, "empty": "", "none": [],
}  # fmt: skip
PLAN = {"combinator": "and", "rules": [{"field": "custom.plan", "operator": "is", "value": "Pro"}]}
RECENT = {
    "combinator": "or", "rules": [{"field": "native.last_activity", "operator": "in_last", "value": {"n": 3, "unit": "day"}}]
}  # fmt: skip
_numbers = count()


@dataclass
class World:
    project: Project
    stranger: Project
    deleting: Project
    clients: dict[str, Client]
    keys: dict[str, str]  # name -> secret
    tokens: list[str]
    gone: dict[str, list[int]] = field(default_factory=dict)  # kind -> ids that were there once

    def ids(self, kind: str) -> list[int]:
        """Of what there is now, and of what there no longer is."""
        mine = KINDS[kind].objects.filter(**{OWNER.get(kind, "project"): self.project})
        return [*mine.order_by("-pk").values_list("pk", flat=True)[:30], *self.gone.get(kind, [])]


KINDS: dict[str, Any] = {
    "users": EndUser, "attributes": Attribute, "tags": Tag, "keys": ApiKey, "members": ProjectMember, "links": AccessLink, "jobs": Job,
    "segments": Segment, "merges": Merge, "ingest": IngestEntry, "change": AttributeChange, "versions": SegmentVersion,
}  # fmt: skip
OWNER = {"versions": "segment__project"}


def make_world() -> World:
    number, now = next(_numbers), timezone.now()
    project = ProjectFactory(time_zone=["UTC", "Pacific/Apia", "America/Sao_Paulo"][number % 3])
    stranger, deleting = ProjectFactory(), ProjectFactory()
    people = fill_with_users(project)
    user(stranger, "theirs", attributes={"plan": "Pro"})
    boss = AccountFactory(is_superuser=True, is_staff=True)
    accounts = {"superuser": boss, **{role: member(project, role) for role in ROLES[1:4]}}
    member(deleting, "admin")
    Project.objects.filter(pk=deleting.pk).update(deleting_since=now)
    world = World(
        project, stranger, deleting, {role: signed_in(accounts.get(role)) for role in ROLES}, keys_of(project), links_of(project, boss, now)
    )  # fmt: skip
    fill_with_segments(project, people, now)
    fill_with_jobs(project, people, boss)
    Attribute.objects.filter(project=project, key="pin").update(sensitive=True)
    Attribute.objects.filter(project=project, key="big").update(archived=True)
    lose_some(world)
    return world


def signed_in(account: Any) -> Client:
    client = Client(raise_request_exception=False)
    if account is not None:
        client.force_login(account)
    return client


def fill_with_users(project: Project) -> list[EndUser]:
    now = timezone.now()
    people = [user(project, f"u{n}", name=f"Maya {n}", email=f"u{n}@x.example", attributes=VALUES) for n in range(6)]
    identify(
        project, Call(jimer_id="anonymous-of-u0", attributes={"plan": "Free", "seen": 1}, activity=True), SNIPPET, now
    )
    identify(project, Call(jimer_id="anonymous-of-u0", user_id="u0"), SNIPPET, now)
    identify(project, Call(jimer_id="browser-1", attributes={"seats": "many"}), SNIPPET, now)
    for n, at in enumerate(("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00+14:00")):
        user(
            project,
            f"old{n}",
            origin=SNIPPET,
            timestamp=at if n < 2 else None,
            activity=True,
            attributes={"seats": n, "ends": at},
        )
    user(project, "é/ä b", attributes={"plan": "pro"})
    identify(project, Call(target=people[1].pk, tags=TagChange(["vip", "é"])), SERVER, now)
    identify(project, Call(user_id="u2", attributes={"seats": {"a": 1}, "plan": None}), SERVER, now)
    return people


def fill_with_segments(project: Project, people: list[EndUser], now: Any) -> None:
    by = Author(None, "key Billing")
    project.refresh_from_db()
    made = [
        edit.create_segment(project, {"name": f"S{n}"}, rule=rule, static=False, by=by, now=now)
        for n, rule in enumerate((PLAN, RECENT))
    ]
    listed = edit.create_segment(project, {"name": "Listed"}, rule=None, static=True, by=by, now=now)
    add_members(listed, [person.pk for person in people[:3]], now)
    built_on = {"combinator": "and", "rules": [{"field": "segment", "operator": "is_in", "value": made[0].pk}]}
    edit.create_segment(project, {"name": "Built on S0"}, rule=built_on, static=False, by=by, now=now)
    edit.change_segment(made[1], {}, by=by, now=now, rule=PLAN)
    broken = edit.create_segment(project, {"name": "Broken"}, rule=PLAN, static=False, by=by, now=now)
    Segment.objects.filter(pk=broken.pk).update(state="broken", state_reason="Its attribute is gone.", archived=True)
    run_all_jobs()
    assert Membership.objects.filter(segment=listed).count() == 3


def fill_with_jobs(project: Project, people: list[EndUser], by: Any) -> None:
    start_job(project, "bulk_tag", {"ids": [people[0].pk], "add": ["bulk"], "remove": []}, by, total=1)
    run_all_jobs()
    for state in Job.State.values:
        Job.objects.create(
            project=project,
            kind="bulk_tag",
            state=state,
            params={"ids": [], "add": [], "remove": []},
            lease_until=timezone.now(),
        )


def keys_of(project: Project) -> dict[str, str]:
    scopes = {"lost": [], "all": list(SCOPES), "none": [], **{scope: [scope] for scope in SCOPES}}
    return {name: create_key(project, name, these, None)[1] for name, these in scopes.items()}


def links_of(project: Project, by: Any, now: Any) -> list[str]:
    tokens = []
    for number, kind in enumerate((*AccessLink.Kind.values * 2, AccessLink.Kind.INVITE)):
        email = f"invited{number}-{project.pk}@x.example" if kind == AccessLink.Kind.INVITE else by.email
        tokens.append(f"token-{project.pk}-{number}")
        AccessLink.objects.create(
            kind=kind, token_hash=hash_token(tokens[-1]), project=project, email=email, role="viewer", created_by=by, created=now,
            expires=now + timezone.timedelta(days=(-1 if number == 4 else 7)),
        )  # fmt: skip
    return tokens


def lose_some(world: World) -> None:
    """One of each kind is deleted, so that its id is known and leads to nothing."""
    for kind in ("users", "segments", "tags", "keys", "jobs"):
        rows = KINDS[kind].objects.filter(project=world.project).order_by("pk")
        row = rows.exclude(name="S0").first() if kind == "segments" else rows.first()
        world.gone[kind] = [row.pk]
        if kind != "users" and kind != "segments":
            row.delete()
