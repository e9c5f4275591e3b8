"""An event of each kind as it is sent, for the help page; a test holds real ones to these shapes."""

from typing import Any, Final

ORIGIN: Final = {"kind": "key", "label": "Billing"}
USER: Final = {
    "id": 1042, "jimer_id": "hONpq7Zs1LmWcXv2", "user_id": "usr_1042", "name": "Maya Lind", "email": "maya@example.com",
}  # fmt: skip
CHANGES: Final = {"custom.plan": {"before": "Free", "after": "Pro"}}
SEGMENT: Final = {"id": 12, "name": "Pro accounts"}
DATA: Final[dict[str, dict[str, Any]]] = {
    "user.created": {"user": USER, "attributes": {"custom.plan": "Free"}, "origin": ORIGIN},
    "user.identified": {"user": USER, "origin": ORIGIN},
    "user.updated": {"user": USER, "changes": CHANGES, "origin": ORIGIN},
    "user.merged": {"user": USER, "merged": {"id": 977, "jimer_id": "Zk3vQ0aTnB5rXw8e"}, "changes": CHANGES, "origin": ORIGIN},
    "user.deleted": {"user": {name: USER[name] for name in ("id", "jimer_id", "user_id")}},
    "tag.added": {"user": USER, "tag": "vip", "origin": ORIGIN},
    "tag.removed": {"user": USER, "tag": "vip", "origin": ORIGIN},
    "segment.entered": {"user": USER, "segment": SEGMENT, "cause": "change"},
    "segment.left": {"user": USER, "segment": SEGMENT, "cause": "clock"},
}  # fmt: skip
PROJECT: Final = "6f9a1c9e-8f0c-4a54-9d5b-0c1f6f1a2b3c"


def example(kind: str) -> dict[str, Any]:
    return {"type": kind, "timestamp": "2026-03-05T14:30:00.000Z", "data": {"project_id": PROJECT, **DATA[kind]}}
