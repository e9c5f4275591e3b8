"""What a user is called on screen, and what the name of a thing may hold."""

import unicodedata
from typing import Any, Final

from users.ground.text_forms import is_blank
from users.models import Project
from users.registry.attributes import registry

# Embeddings, overrides and isolates: with one of them in it, a name rearranges the text around it.
TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_one_line(text: str) -> bool:
    """Whether the text is Unicode without control characters, line breaks, or what turns the direction around."""
    if text.isascii() and text.isprintable():
        return True
    return not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in TURNING for letter in text)


def hidden_natives(project: Project | None) -> frozenset[str]:
    """Native fields that an admin marked as sensitive: people on screen are not called by them, nor found."""
    return registry(project.pk, project.version).hidden if project else frozenset()


def words_for(user: Any, project: Project | None) -> str:
    """Name, else email, else User ID, without what is sensitive; empty if nothing is left."""
    hidden = hidden_natives(project)
    texts = (getattr(user, key) for key in ("name", "email", "user_id") if key not in hidden)
    return next((str(text) for text in texts if text and not is_blank(str(text))), "")


def shown_name(user: Any, project: Project | None) -> str:
    """The words for this user, else "Anonymous" and the first letters of the Jimer ID."""
    return words_for(user, project) or f"{'User' if user.user_id else 'Anonymous'} {user.jimer_id[:4]}"


def initials(user: Any, project: Project | None) -> str:
    """Two letters at most; a question mark for anonymous visitors."""
    text = words_for(user, project)
    words = [word for word in text.replace("@", " ").replace(".", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[1][0] if len(words) > 1 and text == user.name else "")
    return letters.upper()
