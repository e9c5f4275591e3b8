"""Who is it: which profile a call is about, and whether that creates, promotes, merges, or meets a stranger."""

import secrets
import string
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final

from users.ground.text_forms import trimmed
from users.models import EndUser, Identity, Project
from users.writing.records import Identifier, Profile, World, fresh_profile

ALPHABET: Final = string.ascii_letters + string.digits
USER, JIMER = Identity.Kind.USER.value, Identity.Kind.JIMER.value


def new_jimer_id() -> str:
    # 62 does not divide 256, so the first letters are a little likelier: 22 of them leave 130 bits all the same.
    return "".join(ALPHABET[byte % 62] for byte in secrets.token_bytes(22))


@dataclass(slots=True)
class Resolution:
    """The profile a call goes to. `absorb` is an anonymous profile to merge into it first."""

    profile: Profile
    created: bool = False
    promoted: bool = False
    absorb: Profile | None = None
    fresh_jimer_id: str | None = None  # a shared computer: the jimer_id sent belongs to somebody else
    linked: str | None = None  # a Jimer ID that leads to this profile from now on


def resolve(world: World, jimer_id: str | None, user_id: str | None, now: datetime) -> Resolution:
    """Decide by design section 6 and note what changes on the profile and in `world`; nothing is written here."""
    known = world.owners.get((USER, user_id)) if user_id else None
    browser = world.owners.get((JIMER, jimer_id)) if jimer_id else None
    if user_id is None:
        if browser:
            return Resolution(browser)
        assert jimer_id is not None
        return Resolution(create_profile(world, jimer_id, None, now), created=True)
    if known is None:
        if browser and browser.user_id is None:
            return promote_profile(world, browser, user_id)
        shared = browser is not None
        own = new_jimer_id() if shared or jimer_id is None else jimer_id
        made = create_profile(world, own, user_id, now)
        return Resolution(made, created=True, fresh_jimer_id=own if shared else None)
    if browser is None and jimer_id is not None:
        return link_browser(world, known, jimer_id)
    if browser is None or browser is known:
        return Resolution(known)
    if browser.user_id is None:
        return Resolution(known, absorb=browser)
    fresh = new_jimer_id()
    resolution = link_browser(world, known, fresh)
    resolution.fresh_jimer_id = fresh
    return resolution


def create_profile(world: World, jimer_id: str, user_id: str | None, now: datetime) -> Profile:
    profile = fresh_profile(jimer_id, user_id, now)
    profile.new_identities.append((JIMER, jimer_id))
    world.owners[JIMER, jimer_id] = profile
    if user_id is not None:
        profile.new_identities.append((USER, user_id))
        world.owners[USER, user_id] = profile
    return profile


def promote_profile(world: World, profile: Profile, user_id: str) -> Resolution:
    """The anonymous profile becomes this person's; its history stays."""
    profile.user_id = user_id
    profile.dirty.add("user_id")
    profile.terms_dirty = True
    profile.new_identities.append((USER, user_id))
    world.owners[USER, user_id] = profile
    return Resolution(profile, promoted=True)


def link_browser(world: World, profile: Profile, jimer_id: str) -> Resolution:
    """Another browser of a known person."""
    profile.new_identities.append((JIMER, jimer_id))
    profile.terms_dirty = True
    profile.dirty.add("revision")
    world.owners[JIMER, jimer_id] = profile
    return Resolution(profile, linked=jimer_id)


def find_user(project: Project, text: str) -> EndUser | None:
    """The user that an id leads to. An id that is one's User ID and another's Jimer ID reads as the User ID."""
    ways = possible_ids(text)
    identities = Identity.objects.known_as([project], {value for _, value in ways}).select_related("user")
    found = {(identity.kind, identity.value): identity.user for identity in identities}
    return next((found[way] for way in ways if way in found), None)


def possible_ids(text: str) -> list[Identifier]:
    """What an id in an address or a box can mean, the likeliest first.

    As it was sent before trimmed: ids that were stored before ids were trimmed may have blanks around them.
    """
    return list(product((USER, JIMER), dict.fromkeys((text, trimmed(text)))))
