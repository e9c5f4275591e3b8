"""When activity is a new session: more than 30 minutes after the last one (design section 6)."""

from datetime import datetime, timedelta
from typing import Final

from users.writing.records import Profile

PAUSE: Final = timedelta(minutes=30)
STEP: Final = timedelta(minutes=1)  # last activity moves at most this often within a session


def note_activity(profile: Profile, at: datetime) -> None:
    """Count the activity at its own time. Older than the last opens no session, but may be the first one seen."""
    if profile.last_activity is None or at > profile.last_activity + PAUSE:
        profile.sessions += 1
        profile.last_activity = at
        profile.first_seen = min(profile.first_seen or at, at)
        profile.dirty |= {"sessions", "last_activity", "first_seen"}
    elif at >= profile.last_activity + STEP:
        profile.last_activity = at
        profile.dirty.add("last_activity")
    elif profile.first_seen is None or at < profile.first_seen:
        profile.first_seen = at
        profile.dirty.add("first_seen")
