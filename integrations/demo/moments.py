"""What happened to the people of the demo, as calls in order of time: who wrote, when, and what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from integrations.demo.people import FEATURES, SEED, Person
from users.models import OriginKind
from users.writing.calls import Call, Origin, TagChange


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime
    origin: Origin
    call: Call


@dataclass(frozen=True, slots=True)
class Writers:
    """Every origin of the demo, once: rows of an import are made from `import_label`."""

    snippet: Origin
    billing: Origin
    warehouse: Origin
    hubspot: Origin
    salesforce: Origin
    segment: Origin
    member: Origin

    def row(self, number: int) -> Origin:
        return Origin(OriginKind.IMPORT, number, f"april.csv row {number}")


TAGS = ["vip", "beta-eu", "power user", "churn risk", "interviewed", "design partner", "internal", "webinar june"]
STAGES = ["subscriber", "lead", "opportunity", "customer"]


def snippet_visit(person: Person, at: datetime, visit: int, random: Random) -> Call:
    """What the app pushes at log-in: the seed's nine, and a few of its own."""
    seen = person.features[: max(1, visit)] if person.features else ()
    attributes: dict[str, Any] = {
        "plan": person.company.plan if visit else "Free",
        "role": person.role,
        "signup_date": person.signed_up.date().isoformat(),
        "feature_usage": list(seen),
        "last_active_days": 0,
        "company": person.company.name,
        "hasInstalled": bool(seen),
        "team_size": person.company.team_size,
    }
    if visit > 1:
        attributes["onboarding_step"] = min(visit + 2, 6)
        attributes["dark_mode"] = random.random() < 0.4
    return Call(
        user_id=person.user_id, jimer_id=jimer_id(person), name=person.name, email=person.email,
        language=person.company.language, attributes=attributes, timestamp=at, activity=True,
    )  # fmt: skip


def jimer_id(person: Person) -> str:
    return f"{Random(f'{SEED}-{person.number}').getrandbits(96):024x}"


def moments_of(person: Person, now: datetime, writers: Writers, random: Random) -> Iterator[Moment]:
    """Everything that was written about one person, in no particular order."""
    if person.anonymous_first:
        before = person.signed_up - timedelta(hours=random.randint(1, 90))
        first = Call(jimer_id=jimer_id(person), attributes={"utm_source": random.choice(["google", "newsletter", "g2"])},
                     timestamp=before, activity=True)  # fmt: skip
        yield Moment(before, writers.snippet, first)
    for number, at in enumerate(person.visits):
        yield Moment(at, writers.snippet, snippet_visit(person, at, number, random))
    company = person.company
    if company.price:
        billed = person.signed_up + timedelta(days=1)
        yield Moment(billed, writers.billing, Call(
            user_id=person.user_id, timestamp=billed,
            attributes={"mrr": company.price, "billing_cycle": random.choice(["monthly", "yearly"]),
                        "renewal_date": (person.signed_up + timedelta(days=365)).date().isoformat()},
        ))  # fmt: skip
    if company.plan == "Enterprise" or random.random() < 0.25:
        synced = person.signed_up + timedelta(days=2)
        # Sales renames plans before billing does: some of these differ from what the app sends.
        plan = company.plan if random.random() < 0.8 else "Enterprise"
        yield Moment(synced, writers.hubspot, Call(
            user_id=person.user_id, source="hubspot", kind="sync", timestamp=synced,
            attributes={"lifecyclestage": random.choice(STAGES), "plan": plan, "industry": company.industry,
                        "numberofemployees": company.team_size, "country": company.country},
        ))  # fmt: skip
    if company.plan == "Enterprise":
        synced = person.signed_up + timedelta(days=3)
        yield Moment(synced, writers.salesforce, Call(
            user_id=person.user_id, source="salesforce", kind="sync", timestamp=synced,
            attributes={"AccountName": company.name, "AnnualRevenue": company.team_size * 118_000,
                        "StageName": random.choice(["Prospecting", "Negotiation", "Closed Won"])},
        ))  # fmt: skip
    if random.random() < 0.03:
        yield from mishaps(person, writers, random)
    yield from colleagues(person, now, writers)
    if random.random() < 0.12:
        at = person.visits[-1] + timedelta(minutes=40)
        yield Moment(at, writers.member, Call(
            user_id=person.user_id, kind="tags", tags=TagChange(add=random.sample(TAGS, random.choice([1, 1, 2, 3]))),
        ))  # fmt: skip


def colleagues(person: Person, now: datetime, writers: Writers) -> Iterator[Moment]:
    """One in five of the recent sign-ups that pay is of our own team, trying things out: worth leaving out of audiences."""
    pays = person.company.plan in ("Pro", "Enterprise")
    if pays and person.signed_up > now - timedelta(days=85) and person.features and person.number % 5 == 0:
        at = person.visits[-1] + timedelta(minutes=30)
        yield Moment(at, writers.member, Call(user_id=person.user_id, kind="tags", tags=TagChange(add=["internal"])))


def mishaps(person: Person, writers: Writers, random: Random) -> Iterator[Moment]:
    """Calls that the ingest log has to explain: a wrong type, a nested object, a late export."""
    at = person.visits[-1] + timedelta(minutes=5)
    wrong: dict[str, Any] = random.choice([
        {"team_size": "about a dozen"},
        {"address": {"city": "Lyon", "zip": "69001"}},
        {"signup_date": "June 2024"},
    ])  # fmt: skip
    yield Moment(at, writers.snippet, Call(
        user_id=person.user_id, jimer_id=jimer_id(person), attributes=wrong, timestamp=at, activity=True,
    ))  # fmt: skip
    late = at + timedelta(hours=3)
    yield Moment(late, writers.warehouse, Call(
        user_id=person.user_id, timestamp=person.signed_up - timedelta(days=1),
        attributes={"plan": "Free", "nps": random.randint(0, 10)},
    ))  # fmt: skip


def anonymous_visits(now: datetime, writers: Writers, count: int) -> Iterator[Moment]:
    """Visitors who never signed in: one page, perhaps two."""
    random = Random(SEED + 1)
    for _ in range(count):
        visitor = f"{random.getrandbits(96):024x}"
        at = now - timedelta(days=200 * random.random() ** 2, hours=2)
        call = Call(jimer_id=visitor, timestamp=at, activity=True, language=random.choice(["en", "fr", "de", "es"]),
                    attributes={"utm_source": random.choice(["google", "newsletter", "g2", "partner"])})  # fmt: skip
        yield Moment(at, writers.snippet, call)


def shared_computers(cast: list[Person], writers: Writers) -> Iterator[Moment]:
    """Two colleagues at one reception desk: the second must never swallow the first."""
    for first, second in zip(cast[40:60:2], cast[41:60:2], strict=True):
        at = max(first.visits[-1], second.visits[-1]) + timedelta(minutes=50)
        yield Moment(at, writers.snippet, Call(
            user_id=second.user_id, jimer_id=jimer_id(first), timestamp=at, activity=True,
            attributes={"role": second.role},
        ))  # fmt: skip


def import_rows(cast: list[Person], now: datetime, writers: Writers) -> Iterator[Moment]:
    """An export of the April webinar, brought in as a file: its rows name people by User ID."""
    random = Random(SEED + 2)
    at = now - timedelta(days=120)
    attendees = [person for person in cast if person.signed_up < at][:180]
    for number, person in enumerate(attendees, start=2):
        call = Call(user_id=person.user_id, kind="import", timestamp=at, attributes={
            "webinar_score": random.randint(20, 100), "favourite_feature": random.choice(FEATURES),
        })  # fmt: skip
        yield Moment(at, writers.row(number), call)
