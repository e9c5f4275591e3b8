"""What a user is called on screen."""

from typing import Any


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
