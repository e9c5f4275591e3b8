"""One call on its way through the write path: what can be decided about it without reading anything."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from users.types.timestamps import to_ms
from users.writing.call_times import written_at
from users.writing.calls import Answer, Call, Origin, Refused
from users.writing.decide import Moment
from users.writing.messages import message_key
from users.writing.operations import Item, items_of
from users.writing.records import Draft, Identifier, Profile
from users.writing.refused_ids import check_id
from users.writing.resolve import JIMER, USER
from users.writing.tags import clean_change


@dataclass(slots=True)
class Work:
    """One call on its way: what was checked once, and what became of it."""

    call: Call
    jimer_id: str | None = None
    user_id: str | None = None
    moment: Moment | None = None
    items: list[Item] = field(default_factory=list)
    result: Answer | Refused | None = None
    repeats: dict[str, Any] | None = None
    draft: Draft | None = None
    profile: Profile | None = None
    message_key: str | None = None

    def identifiers(self) -> list[Identifier]:
        ids = [(JIMER, self.jimer_id), (USER, self.user_id)]
        return [(kind, value) for kind, value in ids if value is not None]


def check_call(call: Call, origin: Origin, now: datetime) -> Work:
    """Everything about a call that can be decided without reading anything."""
    work = Work(call)
    try:
        if call.target is None:
            work.jimer_id = check_id(call.jimer_id, "jimer_id")
            work.user_id = check_id(call.user_id, "user_id")
            if work.jimer_id is None and work.user_id is None:
                message = "The call names nobody. Send user_id, jimer_id, or both."
                raise Refused(message, code="no_id", details=[{"path": "user_id", "message": message}])
        at = written_at(call.timestamp, now, call.sent_at)
        writer = replace(origin, label=call.origin_label) if call.origin_label else origin
        work.moment = Moment(at, now, to_ms(at), to_ms(now), call.timestamp is not None, writer)
        if call.tags:
            work.call = replace(call, tags=clean_change(call.tags))
        work.items = items_of(call, public=origin.public)
        work.message_key = message_key(call, work.jimer_id, work.user_id, public=origin.public)
    except Refused as refused:
        work.result = refused
    return work
