"""What a user is called on screen, and what the name of a thing may hold."""

import unicodedata
from typing import Any, Final

# Embeddings, overrides and isolates: with one of them in it, a name rearranges the text around it.
TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_one_line(text: str) -> bool:
    """Whether the text is Unicode without control characters, line breaks, or what turns the direction around."""
    if text.isascii() and text.isprintable():
        return True
    return not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in TURNING for letter in text)


def shown_name(user: Any) -> str:
    """Name, else email, else User ID, else "Anonymous" and the first letters of the Jimer ID."""
    for text in (user.name, user.email, user.user_id):
        if text and text.strip():
            return str(text)
    return f"Anonymous {user.jimer_id[:4]}"


def initials(user: Any) -> str:
    """Two letters at most; a question mark for anonymous visitors."""
    text = next((text for text in (user.name, user.email, user.user_id) if text and text.strip()), "")
    words = [word for word in text.replace("@", " ").replace(".", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[1][0] if len(words) > 1 and user.name else "")
    return letters.upper()
