"""THE table of what the API's calls of webhooks take: checks and OpenAPI come from it."""

from typing import Any, Final

from integrations.models import Delivery
from integrations.outside.calls import MOST_ADDRESS
from integrations.webhooks.kinds import KINDS
from integrations.webhooks.making import MOST_PICKED
from users.api.kinds import LIST, NUMBER, TEXT, TRUTH
from users.api.members import Body, Member, Query
from users.api.table import PAGING

UNSTORABLE: Final = "{name} contains a character that cannot be stored."
ABOUT_URL: Final = "Where events are posted to: https:// or http://, on the public internet."
URL: Final[dict[str, Any]] = {
    "most": MOST_ADDRESS, "beyond": "{name} takes {most} characters at most.", "unstorable": UNSTORABLE,
}  # fmt: skip
NAME: Final = Member(
    "name", TEXT, "How people know it; the address's host where it is left out.", most=80, broken="{name} is one line.",
    beyond="{name} takes {most} characters at most.", unstorable=UNSTORABLE,
)  # fmt: skip
ABOUT_EVENTS: Final = "Which events; all of them, as they replace those before."
EVENTS: Final[dict[str, Any]] = {
    "items": Member("", TEXT, choices=tuple(KINDS), nullable=False), "least": 1, "beyond": "Name at least one event.",
    "unlike_item": "{name} is a list of texts such as user.updated.",
}  # fmt: skip
PICKED: Final[dict[str, Any]] = {
    "most": MOST_PICKED,
    "beyond": "{name} takes {most} at most, or none, which means all.",
}
FILTERS: Final = (
    Member("attributes", LIST, "user.updated only when one of these changed: custom.plan. None: any.",
           items=Member("", TEXT, nullable=False), unlike_item="{name} is a list of texts such as custom.plan.", **PICKED),
    Member("tags", LIST, "tag.added and tag.removed only of these names. None: all.",
           items=Member("", TEXT, nullable=False), unlike_item="{name} is a list of the names of tags.", **PICKED),
    Member("segments", LIST, "segment.entered and segment.left only of these ids. None: all.",
           items=Member("", NUMBER, nullable=False), unlike_item="{name} is a list of the ids of segments.", **PICKED),
)  # fmt: skip
NEW: Final = Body(
    Member("url", TEXT, ABOUT_URL, "https://example.com/hooks", required=True, missing="url is missing.", **URL),
    Member("events", LIST, ABOUT_EVENTS, required=True, **EVENTS,
           missing="events is missing. Send a list such as [\"user.updated\"]."),
    NAME,
    *FILTERS,
)  # fmt: skip
CHANGE: Final = Body(
    Member("url", TEXT, ABOUT_URL, **URL),
    Member("events", LIST, ABOUT_EVENTS, **EVENTS),
    NAME,
    *FILTERS,
    Member("paused", TRUTH, "Pauses or resumes it. What happens meanwhile waits."),
    Member(
        "rotate_secret", TRUTH, "Makes a new secret, which the answer has; the former one is valid for another day."
    ),
)
DELIVERIES: Final = Query(
    Member("state", TEXT, "Only these.", choices=tuple(Delivery.State.values), unlisted="{name} is one of {choices}."),
    *PAGING.members,
)
