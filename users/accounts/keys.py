"""Secret API keys: what they may do, and their making, rotation and recognition.

A key reads `jimo_sk_` and 43 random characters; its SHA-256 is stored, nothing else.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from django.db.models import Q
from django.utils import timezone

from users.database.contention import beside_the_call
from users.ground.bounded_cache import Minutes
from users.models import Account, ApiKey, Project

SCOPES: Final[dict[str, str]] = {
    "ingest": "Send identify calls and batches",
    "read": "Read users and their values",
    "write": "Change values of existing users",
    "tags": "Read and change tags",
    "registry": "Define and change attributes",
    "segments": "Read and change segments",
    "integrations": "Read and change connections and webhooks",
    "erase": "Erase users",
}
PREFIX: Final = "jimo_sk_"
ROTATION_GRACE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that was presented and is good."""

    id: int
    name: str
    project: Project
    scopes: frozenset[str]


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def create_key(project: Project, name: str, scopes: list[str], by: Account | None) -> tuple[ApiKey, str]:
    """The key and its secret, which nobody can read again. Raises ValueError for an unknown scope."""
    if unknown := set(scopes) - set(SCOPES):
        raise ValueError(f"Unknown scopes: {', '.join(sorted(unknown))}. There are {', '.join(SCOPES)}.")
    secret = new_secret()
    key = ApiKey.objects.create(
        project=project, name=name, prefix=secret[: len(PREFIX) + 4], secret_hash=hash_secret(secret),
        scopes=[scope for scope in SCOPES if scope in scopes], created_by=by,
    )  # fmt: skip
    return key, secret


def rotate_key(key: ApiKey, now: datetime) -> str:
    """A new secret for the key; the former one works for another day, so that servers can be changed in turn."""
    secret = new_secret()
    key.previous_hash, key.previous_until = key.secret_hash, now + ROTATION_GRACE
    key.secret_hash, key.prefix = hash_secret(secret), secret[: len(PREFIX) + 4]
    key.save(update_fields=["previous_hash", "previous_until", "secret_hash", "prefix"])
    _forget()
    return secret


def revoke_key(key: ApiKey, now: datetime) -> None:
    key.revoked = now
    key.save(update_fields=["revoked"])
    _forget()


_cache: dict[str, tuple[float, KnownKey]] = {}
_used = Minutes()
_lock = Lock()
CACHE_SECONDS: Final = 1  # how long another process may still take a key that was revoked


def _forget() -> None:
    with _lock:
        _cache.clear()


def find_key(secret: str, now: datetime) -> KnownKey | None:
    """Whose secret this is; None for unknown, revoked, expired ones, and for projects being deleted."""
    digest = hash_secret(secret)
    kept = _cache.get(digest)
    if kept is None or kept[0] < now.timestamp():
        row = (
            ApiKey.objects.select_related("project")
            .filter(Q(secret_hash=digest) | Q(previous_hash=digest, previous_until__gt=now), revoked__isnull=True)
            .filter(project__deleting_since__isnull=True)
            .first()
        )
        if row is None:
            return None
        key = KnownKey(row.pk, row.name, row.project, frozenset(row.scopes))
        with _lock:
            if len(_cache) > 1000:
                _cache.clear()
            _cache[digest] = (now.timestamp() + CACHE_SECONDS, key)
    else:
        key = kept[1]
    note_used(key.id, now)
    return key


def note_used(key_id: int, now: datetime) -> None:
    """Move "last used", at most once a minute for each key and process, outside the call's transaction."""
    if not _used.due([key_id], int(now.timestamp()) // 60):
        return
    with beside_the_call():
        ApiKey.objects.filter(pk=key_id).update(last_used=timezone.now())
