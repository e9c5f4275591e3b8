"""Answers of the ingest calls, and how little a public call learns from one (design section 6)."""

from typing import Any

from users.api.callers import Caller
from users.calls import Answer, Call, Verdict
from users.extend import answer_parts
from users.operations import OPERATIONS

# What follows from the call and the registry alone. Whether a value was there already, newer or removed, does not.
FOR_ANYONE = {
    Verdict.UNCHANGED: Verdict.ACCEPTED,
    Verdict.STALE: Verdict.ACCEPTED,
    Verdict.REMOVED: Verdict.ACCEPTED,
}


def answer_json(caller: Caller, call: Call, answer: Answer) -> dict[str, Any]:
    """The body of an identify answer, redacted unless the caller holds a key."""
    parts = {name: part(caller.project, answer, caller.is_public) for name, part in answer_parts.all().items()}
    if caller.is_public:
        return public_json(call, answer) | {"segments": parts.get("segments", [])}
    return {
        "jimer_id": answer.jimer_id,
        "user_id": answer.user_id,
        "created": answer.created,
        "merged": answer.merged,
        "attributes": answer.attributes,
        "rejected": answer.rejected,
        "segments": parts.get("segments", []),
    }


def public_json(call: Call, answer: Answer) -> dict[str, Any]:
    sent_jimer_id = None if call.jimer_id is None else str(call.jimer_id)
    named = {f"native.{name}" for name in ("name", "email", "language")} | {str(key) for key in call.attributes}
    named |= set(OPERATIONS)
    return {
        "jimer_id": answer.jimer_id if answer.fresh_jimer_id else sent_jimer_id,
        "user_id": None if call.user_id is None else str(call.user_id),
        "created": None,
        "merged": None,
        # remove_unspecified would tell which attributes the user had
        "attributes": {
            key: FOR_ANYONE.get(verdict, verdict) for key, verdict in answer.attributes.items() if key in named
        },
        "rejected": answer.rejected,
    }
