"""Answers of the ingest calls, and how little a public call learns from one (design section 6)."""

from typing import Any

from users.api.callers import Caller
from users.extend import answer_parts
from users.writing.calls import Answer, Call
from users.writing.refused_ids import id_text


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
    return {
        "jimer_id": answer.jimer_id if answer.fresh_jimer_id else id_text(call.jimer_id),
        "user_id": id_text(call.user_id),
        "created": None,
        "merged": None,
        "attributes": answer.for_anyone,
        "rejected": answer.rejected,  # by call and registry: only operations depend on the user, and these are secret
    }
