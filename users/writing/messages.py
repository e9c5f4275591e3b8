"""What the answer to a call with a message id is remembered under."""

from users.ground.secrets import keyed_hash
from users.types.table import compact
from users.writing.calls import Call


def message_key(call: Call, jimer_id: str | None, user_id: str | None, *, public: bool) -> str | None:
    """Anyone can make public calls and guess a message id: they get only what was answered to the same ids (as
    checked), never what a server's call was given, or another browser's."""
    if not call.message_id:
        return None
    if not public:
        return f"s:{call.message_id}"
    return f"p:{keyed_hash(compact([jimer_id, user_id]))[:32]}:{call.message_id}"
