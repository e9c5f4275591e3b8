"""What of a text nobody sees, and the form under which texts that look alike are one."""

import unicodedata
from typing import Final

from django.core.exceptions import ValidationError


def letters(*ranges: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


WHITE_SPACE: Final = letters(
    (0x09, 0x0D), (0x1C, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
    (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
CONTROL: Final = letters((0x01, 0x1F), (0x7F, 0x9F))  # U+0000 is refused wherever it stands
# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt (what is assigned of it), and the blank braille
# cell, which has a width but no ink.
INVISIBLE: Final = letters(
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE01EF),
)  # fmt: skip
PADDING: Final = WHITE_SPACE + INVISIBLE
BLANK: Final = WHITE_SPACE + CONTROL + INVISIBLE
REMOVED: Final = dict.fromkeys(map(ord, INVISIBLE + CONTROL.translate(dict.fromkeys(map(ord, WHITE_SPACE)))))


def trimmed(text: str) -> str:
    """Without white space, control and invisible characters at both ends; what is between them stays."""
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return text.strip(BLANK)


def unpadded(text: str) -> str:
    """Without white space and invisible characters at both ends. Control characters stay: keys are refused for them."""
    return text.strip(PADDING)


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen."""
    return not trimmed(text)


def same_look(text: str) -> str:
    """Equal for texts that look alike: NFKC, case folded, without invisible characters, single spaces.

    The order is that of Unicode's NFKC_Casefold. Folding and composing can each undo what the other made, so both
    are done again.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    for _ in range(2):
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold().translate(REMOVED))
    return " ".join(text.split())


def email_key(email: str) -> str:
    """Emails are compared in this form: trimmed, and without regard to case. What is blank stays as it is."""
    return (trimmed(email) or email).casefold()


def check_visible(text: str) -> None:
    """A validator of names: what is called nothing but invisible characters cannot be found or told apart."""
    if is_blank(text):
        raise ValidationError("The name has no visible character. Type one that people can read.", code="unseen")
