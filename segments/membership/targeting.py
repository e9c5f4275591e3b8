"""What a page load asks: which of the audiences that I watch is this user in. One indexed read, no scan."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from segments.engines.compiled import Ready, compiled
from segments.engines.person import ProfilePerson
from users.ground.secrets import decrypt
from users.models import Project
from users.writing import store
from users.writing.records import Profile, World
from users.writing.resolve import possible_ids


def profile_of(project: Project, ident: str) -> tuple[World, Profile] | None:
    """The user with this id, with their memberships; a User ID wins over a Jimer ID that reads the same."""
    ways = possible_ids(ident)
    world = store.read_world(project.pk, ways)
    if world is None:
        return None
    found = next((world.owners[way] for way in ways if way in world.owners), None)
    return (world, found) if found else None


def current(
    project: Project, world: World, profile: Profile, now: datetime, watched: set[int] | None = None
) -> list[Ready]:
    """The segments that the user is in at this moment: stored ones, and by the clock those that go by it."""
    found = compiled(project.pk, world.version)
    inside, person = set(profile.memberships), ProfilePerson(profile)
    for segment in found.by_clock.values():
        if watched is None or segment.id in watched:
            (inside.add if segment.verdict(person, now) else inside.discard)(segment.id)
    shown = (found.by_id[pk] for pk in sorted(inside) if pk in found.by_id and (watched is None or pk in watched))
    return [segment for segment in shown if not segment.archived]


def signed(project: Project, user_id: str, signature: str) -> bool:
    """HMAC-SHA256 of the user id with the project's secret, in hex."""
    if not project.identity_secret or not signature:
        return False
    secret = decrypt(project.identity_secret)
    right = hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, signature.lower())


def etag_of(body: Any) -> str:
    return '"' + hashlib.sha256(repr(body).encode()).hexdigest()[:24] + '"'
