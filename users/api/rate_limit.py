"""How many calls a window may bring, for all processes together.

Each process leases a slice of a bucket's window from the database and spends it from memory: a write for every
slice, not for every call. What a process leased and did not spend is lost with the window.
"""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Final

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from users.api.errors import ApiError
from users.models import Project
from users.secrets import keyed_hash

SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
SLICES: Final = 20
PROJECT_RATE: Final = "100/s"
LEASE: Final = (
    'INSERT INTO users_ratelease (bucket, "window", used) VALUES (%s, %s, %s) ON CONFLICT (bucket) DO UPDATE SET '
    'used = CASE WHEN users_ratelease."window" = excluded."window" THEN users_ratelease.used + excluded.used '
    'ELSE excluded.used END, "window" = excluded."window" RETURNING used'
)


@dataclass(slots=True)
class Allowance:
    window: int
    left: int


_allowances: dict[str, Allowance] = {}
_lock = Lock()


def parse_rate(text: str) -> tuple[int, int] | None:
    """("300/m") -> (300, 60); "0" is off and gives None."""
    count, _, unit = text.strip().partition("/")
    return (int(count), SECONDS[unit.strip() or "s"]) if int(count) else None


def take(bucket: str, rate: str, clock: float | None = None) -> None:
    """Spend one call of the bucket, or raise 429 with the seconds until the next window."""
    parsed = parse_rate(rate)
    if parsed is None:
        return
    limit, seconds = parsed
    at = time.time() if clock is None else clock
    window = int(at // seconds)
    with _lock:
        allowance = _allowances.get(bucket)
        if allowance is None or allowance.window != window or allowance.left <= 0:
            if len(_allowances) > 50_000:
                _allowances.clear()
            allowance = _allowances[bucket] = Allowance(window, lease(bucket, window, limit))
        if allowance.left > 0:
            allowance.left -= 1
            return
    wait = max(1, int((window + 1) * seconds - at + 0.999))
    message = f"Too many calls: {rate} is the limit. Try again in {wait} s."
    raise ApiError(429, "rate_limited", message, headers={"Retry-After": str(wait)})


def lease(bucket: str, window: int, limit: int) -> int:
    """How many of a new slice this process may spend: fewer at the end of the window, then none."""
    slice_size = max(1, limit // SLICES)
    with connection.cursor() as cursor:
        cursor.execute(LEASE, [bucket, window, slice_size])
        used = cursor.fetchone()[0]
    return max(0, min(slice_size, limit - (used - slice_size)))


def client_address(request: HttpRequest) -> str:
    """The caller's address: behind TRUSTED_PROXIES proxies, what the outermost of them saw."""
    proxies = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return request.META.get("REMOTE_ADDR", "")


def take_public_address(request: HttpRequest) -> None:
    if settings.PUBLIC_RATE_LIMIT != "0":
        take(f"address:{keyed_hash(client_address(request))[:32]}", settings.PUBLIC_RATE_LIMIT)


def take_public_project(project: Project) -> None:
    if settings.PUBLIC_RATE_LIMIT != "0":
        take(f"project:{project.pk}", PROJECT_RATE)


def take_key(key_id: int) -> None:
    take(f"key:{key_id}", settings.SECRET_RATE_LIMIT)
