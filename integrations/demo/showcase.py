"""The people whom the demo leads to: Maya, in whom every kind of source meets, and two extremes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from integrations.demo.moments import Moment, Writers
from integrations.demo.people import SEED, SHOWCASE_EMAIL, SHOWCASE_ID
from users.writing.calls import Call, TagChange

SHOWCASE_NAME = "Maya Lindqvist"
LAPTOP, PHONE = "hONpq7Zs1LmWcXv2", "tR4kB9uYe6GdJf8A"
METRICS_ID, UNUSUAL_ID = "usr_metrics", "usr_unusual"
SIX_TAGS = ["vip", "design partner", "beta-eu", "interviewed", "power user", "webinar june"]


def showcase(now: datetime, writers: Writers) -> Iterator[Moment]:
    """Maya: 40 attributes from four kinds of source, a differing plan, a refused and a late value, a merge."""
    signed_up = now - timedelta(days=212)

    def snippet(at: datetime, jimer: str, **more: Any) -> Moment:
        return Moment(at, writers.snippet, Call(jimer_id=jimer, timestamp=at, activity=True, **more))

    yield snippet(signed_up - timedelta(days=1), LAPTOP, attributes={"utm_source": "newsletter"})
    yield snippet(
        signed_up, LAPTOP, user_id=SHOWCASE_ID, name="Maya", email=SHOWCASE_EMAIL, language="en",
        attributes={
            "plan": "Starter", "role": "member", "signup_date": signed_up.date().isoformat(), "hasInstalled": False,
            "team_size": 12, "onboarding_step": 2,
        },
    )  # fmt: skip
    yield Moment(signed_up + timedelta(days=1), writers.billing, Call(
        user_id=SHOWCASE_ID, timestamp=signed_up + timedelta(days=1),
        attributes={"mrr": 99, "billing_cycle": "yearly",
                    "renewal_date": (signed_up + timedelta(days=365)).date().isoformat()},
    ))  # fmt: skip
    imported = now - timedelta(days=120)
    yield Moment(imported, writers.row(212), Call(
        user_id=SHOWCASE_ID, kind="import", timestamp=imported,
        attributes={"webinar_score": 87, "favourite_feature": "automations"},
    ))  # fmt: skip
    phone = now - timedelta(days=61)
    yield snippet(phone, PHONE, language="sv", attributes={"utm_source": "partner", "mobile_os": "iOS 26"})
    yield snippet(phone + timedelta(minutes=6), PHONE, user_id=SHOWCASE_ID, attributes={"dark_mode": True})
    for days, source in ((40, "hubspot"), (9, "hubspot")):
        at = now - timedelta(days=days)
        yield Moment(at, writers.hubspot, Call(
            user_id=SHOWCASE_ID, source=source, kind="sync", timestamp=at,
            attributes={"plan": "Enterprise" if days == 9 else "Pro", "lifecyclestage": "customer",
                        "industry": "Software", "numberofemployees": 140, "country": "SE",
                        "jobtitle": "Head of Product", "lead_score": 93 if days == 9 else 71},
        ))  # fmt: skip
    at = now - timedelta(days=8)
    yield Moment(at, writers.salesforce, Call(
        user_id=SHOWCASE_ID, source="salesforce", kind="sync", timestamp=at,
        attributes={"AccountName": "Harbor Labs AB", "AnnualRevenue": 16520000, "StageName": "Negotiation",
                    "OwnerName": "Teresa Moreau", "CloseDate": (now + timedelta(days=23)).date().isoformat()},
    ))  # fmt: skip
    at = now - timedelta(days=3)
    yield Moment(at, writers.member, Call(
        user_id=SHOWCASE_ID, name=SHOWCASE_NAME, attributes={"csm_notes": "Wants SSO before renewing"},
        kind="dashboard", timestamp=at,
    ))  # fmt: skip
    yield Moment(at + timedelta(minutes=3), writers.member,
                 Call(user_id=SHOWCASE_ID, kind="tags", tags=TagChange(add=SIX_TAGS)))  # fmt: skip
    at = now - timedelta(hours=5)
    yield Moment(at, writers.warehouse, Call(
        user_id=SHOWCASE_ID, timestamp=now - timedelta(days=15), attributes={"nps": 9},
    ))  # fmt: skip
    at = now - timedelta(minutes=3)
    yield snippet(
        at, LAPTOP, user_id=SHOWCASE_ID,
        attributes={
            "plan": "Pro", "role": "admin", "feature_usage": ["boards", "timeline", "automations", "reports", "api"],
            "last_active_days": 0, "hasInstalled": True, "onboarding_step": 6,
        },
    )  # fmt: skip
    yield snippet(now - timedelta(minutes=2), LAPTOP, user_id=SHOWCASE_ID, attributes={"team_size": "abc"})
    yield Moment(now - timedelta(minutes=1), writers.warehouse, Call(
        user_id=SHOWCASE_ID, timestamp=now - timedelta(days=90), attributes={"role": "member"},
    ))  # fmt: skip


def many_attributes(now: datetime, writers: Writers) -> Iterator[Moment]:
    """Somebody exported a whole table through Segment: 390 traits, with the ten native attributes 400.

    Not custom ones, so that the attributes of everybody else stay together, and first, in pickers and lists.
    """
    random = Random(SEED + 3)
    at = now - timedelta(days=2)
    areas = ["boards", "timeline", "reports", "api", "guests", "forms"]
    keys = [f"{area}_{what}_w{week:02}" for area in areas for what in ("opens", "edits", "exports", "shares", "errors")
            for week in range(1, 14)]  # fmt: skip
    yield Moment(at - timedelta(days=30), writers.snippet, Call(
        user_id=METRICS_ID, jimer_id="mX81bQz0metrics", name="Otto Table", email="otto.table@maplefinance.example",
        language="de", timestamp=at - timedelta(days=30), activity=True,
    ))  # fmt: skip
    for start in range(0, len(keys), 195):
        part = {key: random.randint(0, 400) for key in keys[start : start + 195]}
        yield Moment(at + timedelta(minutes=start), writers.segment,
                     Call(user_id=METRICS_ID, source="segment", kind="sync", attributes=part, timestamp=at))  # fmt: skip


def unusual_values(now: datetime, writers: Writers) -> Iterator[Moment]:
    """Long, empty, right-to-left and decorated values: the page must hold them all."""
    at = now - timedelta(days=1)
    sentence = "The team would like to see automations run on a schedule and report what they changed. "
    yield Moment(at, writers.snippet, Call(
        user_id=UNUSUAL_ID, jimer_id="Qw3unusual9Zx", name="نور الهدى 🌙", email="noor@willowmedia.example",
        language="ar", timestamp=at, activity=True,
        attributes={
            "feedback": (sentence * 9)[:700], "nickname": "", "feature_usage": [], "mood": "🎉👩🏽‍💻🚀",
            "bio": "مصممة منتجات في القاهرة", "role": "<b>admin</b>", "plan": "Pro",
            "favourite_things": ["tea ☕", "naïve art", "日本語", "a, b; c", "\"quotes\""],
        },
    ))  # fmt: skip
