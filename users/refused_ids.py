"""User ids that no product means: refusing them names the likely bug instead of merging strangers.

The list is design section 6; peers learned each of them from profiles with a million owners.
"""

import re
from typing import Any, Final

from users.calls import Refused

LONGEST_ID: Final = 255
NEVER: Final = {
    "null": "the variable was empty when identify was called",
    "undefined": "the variable was not set yet when identify was called",
    "none": "a missing id was turned into text",
    "nil": "a missing id was turned into text",
    "nan": "a calculation failed before identify was called",
    "0": "zero is what an absent number becomes",
    "true": "a condition was sent instead of an id",
    "false": "a condition was sent instead of an id",
    "anonymous": "visitors without an account need no identify call",
    "guest": "visitors without an account need no identify call",
    "[object object]": "a whole object was sent; send its id",
}
TEMPLATE: Final = re.compile(r"\{\{.*\}\}", re.DOTALL)


def check_id(value: Any, path: str) -> str | None:
    """The id as text, or None when absent. Raises Refused naming the likely bug; nothing is created then."""
    text = id_text(value)
    if text is None:
        if value is None:
            return None
        raise refusal(path, "must be a text or a number", "Send your own stable id of the user, such as usr_1042.")
    return check_id_text(text, path)


def id_text(value: Any) -> str | None:
    """An id that was sent as the text it is kept as; None for what is neither text nor number."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number_id(value)
    return value if isinstance(value, str) else None


def number_id(value: int | float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return "nan" if value != value else str(value)


def check_id_text(text: str, path: str) -> str:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise refusal(path, "contains a character that cannot be stored", "Send plain text.")
    if len(text) > LONGEST_ID:
        raise refusal(path, f"has {len(text)} characters; {LONGEST_ID} is the most", "Send a shorter id.")
    bare = text.strip().strip("\"'`").strip().lower()
    if not bare:
        raise refusal(path, "is empty", "Leave it out for visitors without an account, else send your own id.")
    if path == "user_id" and (bare in NEVER or TEMPLATE.fullmatch(bare)):
        why = NEVER.get(bare, "a template placeholder was not filled in")
        raise refusal(path, f"{text!r} is nobody's id: probably {why}", "Send your own stable id of the user.")
    return text


def refusal(path: str, wrong: str, right: str) -> Refused:
    message = f"{path} {wrong}. {right}"
    return Refused(message, code="refused_id", details=[{"path": path, "message": message}])
