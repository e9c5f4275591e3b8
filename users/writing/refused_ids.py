"""Ids that no product means: refusing them names the likely bug instead of merging strangers.

The kinds are those of design section 6; peers learned each of them from profiles with a million owners.
"""

import re
from html import unescape
from typing import Any, Final
from urllib.parse import unquote

from users.ground.text_forms import same_look, trimmed
from users.types.fitting import SAFE_INTEGER
from users.writing.calls import Refused

LONGEST_ID: Final = 255
EMPTY: Final = "the variable was empty when identify was called"
UNSET: Final = "the variable was not set yet when identify was called"
MISSING: Final = "a missing id was turned into text"
FAILED: Final = "a calculation or a look-up failed before identify was called"
CONDITION: Final = "a condition was sent instead of an id"
VISITOR: Final = "visitors without an account need no identify call"
ZERO: Final = "zero is what an absent number becomes"
OBJECT: Final = "a whole object was sent; send its id"
PLACEHOLDER: Final = "a template placeholder was not filled in"

# Words of programming languages, databases, spreadsheets and analytics tools, as same_look() writes them. They are
# looked up without quotes and brackets too: (null), "None", <nil> and [undefined] are all in here.
WORDS: Final = {
    **dict.fromkeys(("null", "nullptr", "dbnull", "system.dbnull", "\\n", "#null!", "(empty)", "<empty>", "[empty]"), EMPTY),
    **dict.fromkeys(("undefined", "undef", "unset", "not set", "not_set", "notset", "not-set", "no value"), UNSET),
    **dict.fromkeys(("none", "nil", "nothing", "(missing)", "<missing>", "[missing]", "n/a", "#n/a", "n.a.", "<na>",
                     "%!s(<nil>)", "unknown", "not available", "not provided", "not specified", "not applicable"), MISSING),
    **dict.fromkeys(("nan", "#value!", "#ref!", "#name?", "#num!", "#div/0!"), FAILED),
    **dict.fromkeys(("true", "false"), CONDITION),
    **dict.fromkeys(("anonymous", "guest", "anonymous user", "guest user"), VISITOR),
}  # fmt: skip
# These in this spelling alone: "nat" may be Natalie.
EXACT: Final = {"NA": MISSING, "NaT": MISSING, "Infinity": FAILED, "-Infinity": FAILED}
MARKS: Final = "\"'`´\\()[]{}<>«»‹›“”„‟‘’‚‛「」『』【】〔〕〈〉《》 "
NIL: Final = re.compile(r"[+-]?0+(\.0*)?|(urn:uuid:)?[0-]+|(urn:uuid:)?f{8}-f{4}-f{4}-f{4}-f{12}")
OBJECTS: Final = re.compile(
    r"\[object\b.*\]|\[function\b.*\]|<.+ at 0x[0-9a-f]+>|#<.+>|optional\(.*\)|promise ?\{.*\}|(async )?function\b.*\(.*|.*=> ?\{.*",
    re.DOTALL,
)
# Anywhere in the text: "user-${id}" was no more filled in than "${id}".
UNFILLED: Final = re.compile(
    r"\{\{.*?\}\}|[$#@%]\{.*?\}|<%.*?%>|\{%.*?%\}|<\?.*?\?>|\[\[.*?\]\]|\*\|.*?\|\*|%%[a-z_.]+%%|\$\([a-z_. ]+\)",
    re.DOTALL,
)
# The whole text: a name in single marks could be part of an id that was meant.
NAMES: Final = re.compile(
    r"\{[a-z_][a-z_. ]*\}|\{\d?\}|<[a-z_][a-z_. -]*>|\[(user|your|my)?[-_ .]?(user)?[-_ .]?u?id\]|%[a-z_.]+%|%[sdiv@]|"
    r"%\([a-z_.]+\)[sd]|__[a-z_]*(user|id)[a-z_]*__|[$:@](user|customer|account|visitor)?[_.-]?u?id|(your|my|insert|enter|the)[-_ ](user|customer|account)?[-_ ]?u?id"
)


def check_id(value: Any, path: str) -> str | None:
    """The id as text, or None when absent. Raises Refused naming the likely bug; nothing is created then."""
    text = id_text(value)
    if text is None:
        if value is None:
            return None
        wrong = "is neither a text nor a whole number"
        raise refused_id(path, wrong, "Send your own stable id of the user, such as usr_1042.")
    return check_id_text(text, path)


def id_text(value: Any) -> str | None:
    """An id that was sent as the trimmed text it is kept as; None for what is neither a text nor a whole number."""
    if isinstance(value, str):
        return trimmed(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) <= SAFE_INTEGER:
        return str(int(value))  # 1042.0 is how some languages write 1042
    return str(value) if isinstance(value, int) else None


def check_id_text(text: str, path: str) -> str:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise refused_id(path, "contains a character that cannot be stored", "Send plain text.")
    if len(text) > LONGEST_ID:
        raise refused_id(path, f"has {len(text):,} characters; {LONGEST_ID} is the most", "Send a shorter id.")
    seen = same_look(unquote(unescape(text)))
    bare = seen.strip(MARKS)
    if not bare:
        raise refused_id(path, "is empty", "Leave it out for visitors without an account, else send your own id.")
    if why := EXACT.get(text) or why_nobody(seen, bare):
        right = "Send your own stable id of the user." if path == "user_id" else "Send the id that the snippet made."
        raise refused_id(path, f"{text!r} is nobody's id: probably {why}", right)
    return text


def why_nobody(seen: str, bare: str) -> str | None:
    """Why this cannot be anybody's id, in words; None if it can. `bare` is without quotes and brackets."""
    if why := WORDS.get(bare) or WORDS.get(seen):
        return why
    if NIL.fullmatch(bare):
        return ZERO
    if OBJECTS.fullmatch(seen.strip("\"'` ")):
        return OBJECT
    if UNFILLED.search(seen) or NAMES.fullmatch(seen.strip("\"'` ")):
        return PLACEHOLDER
    return None


def refused_id(path: str, wrong: str, right: str) -> Refused:
    message = f"{path} {wrong}. {right}"
    return Refused(message, code="refused_id", details=[{"path": path, "message": message}])
