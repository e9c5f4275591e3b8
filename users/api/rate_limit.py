"""How many calls a window may bring, for all processes together.

Each process leases a slice of a bucket's window from the database and spends it from memory: a write for every
slice, not for every call. What a process leased and did not spend is lost with the window. A bucket that got less
than a slice is used up: its further calls are refused from memory until the next window.
"""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Final

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from users.api.errors import ApiError
from users.ground.addresses import address_bucket
from users.models import Project

SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
SLICES: Final = 20
MOST_BUCKETS: Final = 50_000  # kept in memory; their names are short, see users/ground/addresses.py
PROJECT_RATE: Final = "100/s"
LEASE: Final = (
    'INSERT INTO users_ratelease (bucket, "window", used) VALUES (%s, %s, %s) ON CONFLICT (bucket) DO UPDATE SET '
    'used = CASE WHEN users_ratelease."window" = excluded."window" THEN users_ratelease.used + excluded.used '
    'ELSE excluded.used END, "window" = excluded."window" RETURNING used'
)


@dataclass(slots=True)
class Allowance:
    window: int
    left: int = 0
    used_up: bool = False  # there is nothing more to lease in this window


_allowances: dict[str, Allowance] = {}
_lock = Lock()


def parse_rate(text: str) -> tuple[int, int] | None:
    """("300/m") -> (300, 60); "0" is off and gives None."""
    count, _, unit = text.strip().partition("/")
    return (int(count), SECONDS[unit.strip() or "s"]) if int(count) else None


def spend_call(bucket: str, rate: str, clock: float | None = None) -> None:
    """Spend one call of the bucket, or raise 429 with the seconds until the next window."""
    parsed = parse_rate(rate)
    if parsed is None:
        return
    limit, seconds = parsed
    at = time.time() if clock is None else clock
    window = int(at // seconds)
    if spend_leased(bucket, window):
        return
    if not used_up(bucket, window):
        slice_size = max(1, limit // SLICES)
        granted = lease_size(
            bucket, window, limit, slice_size
        )  # without the lock: others spend what they have meanwhile
        if granted:
            add_leased(bucket, window, granted - 1, used_up=granted < slice_size)
            return
        add_leased(bucket, window, 0, used_up=True)
    wait = max(1, int((window + 1) * seconds - at + 0.999))
    message = f"Too many calls: {rate} is the limit. Try again in {wait} s."
    raise ApiError(429, "rate_limited", message, headers={"Retry-After": str(wait)})


def spend_leased(bucket: str, window: int) -> bool:
    """Spend one call of what this process has leased, if there is any left."""
    with _lock:
        allowance = _allowances.get(bucket)
        if allowance is None or allowance.window != window or allowance.left <= 0:
            return False
        allowance.left -= 1
        return True


def used_up(bucket: str, window: int) -> bool:
    allowance = _allowances.get(bucket)
    return allowance is not None and allowance.window == window and allowance.used_up


def add_leased(bucket: str, window: int, calls: int, *, used_up: bool) -> None:
    """Keep what was leased beside what others leased at the same moment."""
    with _lock:
        if len(_allowances) > MOST_BUCKETS:
            _allowances.clear()
        allowance = _allowances.get(bucket)
        if allowance is None or allowance.window != window:
            allowance = _allowances[bucket] = Allowance(window)
        allowance.left += calls
        allowance.used_up = allowance.used_up or used_up


def lease_size(bucket: str, window: int, limit: int, slice_size: int) -> int:
    """How many calls of a new slice this process may spend: fewer at the end of the window, then none."""
    with connection.cursor() as cursor:
        cursor.execute(LEASE, [bucket, window, slice_size])
        used = cursor.fetchone()[0]
    return max(0, min(slice_size, limit - (used - slice_size)))


def take_public_address(request: HttpRequest) -> None:
    if settings.PUBLIC_RATE_LIMIT != "0":
        spend_call(f"address:{address_bucket(request)}", settings.PUBLIC_RATE_LIMIT)


def take_public_project(project: Project) -> None:
    if settings.PUBLIC_RATE_LIMIT != "0":
        spend_call(f"project:{project.pk}", PROJECT_RATE)


def take_key(key_id: int) -> None:
    spend_call(f"key:{key_id}", settings.SECRET_RATE_LIMIT)
