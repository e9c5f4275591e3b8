"""The users of the benchmarks."""

import time
from typing import Any

from django.utils import timezone

from users.models import Project
from users.writing.calls import Call, Origin
from users.writing.identify import identify_batch

SERVER = Origin("key", None, "Bench")
SMALL = 1000
FIRST = ["Ada", "Maya", "Omar", "Lena", "Noah", "Sara", "Ivan", "Zoë", "Kim", "Hugo"]
LAST = ["Lindqvist", "Okoye", "Martin", "Silva", "Chen", "Novak", "Haddad", "Weber", "Rossi", "Park"]


def attributes(number: int) -> dict[str, Any]:
    return {
        "plan": ["Free", "Starter", "Pro", "Enterprise"][number % 4], "role": ["admin", "member"][number % 2],
        "signup_date": f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}", "team_size": number % 500, "trial": number % 3 == 0,
        "feature_usage": ["boards", "reports", "api"][: number % 4], "company": f"Company {number % 5000}",
        "country": ["FR", "SE", "US", "BR"][number % 4], "mrr": number % 900, "score": number / 7,
    }  # fmt: skip


def fill(project: Project, count: int) -> float:
    """Users through the write path, in batches; returns users a second."""
    now, start = timezone.now(), time.perf_counter()
    for first in range(0, count, 500):
        calls = [
            Call(user_id=f"user-{number}", name=f"{FIRST[number % 10]} {LAST[number // 10 % 10]}{number % 997}",
                 email=f"user{number}@company{number % 5000}.example", language="en", attributes=attributes(number), activity=True,
                 timestamp=now - timezone.timedelta(seconds=number * 7))
            for number in range(first, min(first + 500, count))
        ]  # fmt: skip
        identify_batch(project, calls, SERVER, now)
    return count / (time.perf_counter() - start)
