"""Which words lead to a user. What was stored and what is typed are read alike.

Every letter gets its plain form on its own: without case, accents and strokes. So the plain form of a text's start is
the start of its plain form, and whoever types what is shown, from the start of any of its words on, finds it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from users.ground.text_forms import REMOVED

LONGEST_TERM: Final = 64
MOST_OF_IDS: Final = 60  # terms of all ids but the two that are shown
MOST_INNER: Final = 16  # places within one word
WORD: Final = re.compile(r"[^\W_]+")
APOSTROPHE: Final = re.compile(r"(?<=[^\W_])'(?=[^\W_])")  # within a word
# Letters that Unicode does not take apart, as they are typed where a keyboard lacks them.
SPELLED: Final = {"æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ȷ": "j", "ŋ": "n", "ĸ": "k"} | dict.fromkeys(
    "\u2019\u2018\u02bc\u02bb`\u2032", "'"
)
WITH_A_STROKE: Final = re.compile(r"LATIN SMALL LETTER ([A-Z]) WITH ")  # "ł" is "LATIN SMALL LETTER L WITH STROKE"
# Han, kana and the first letter of each Korean syllable begin a name wherever they stand; other letters of a Korean
# syllable belong to it.
UNSPACED: Final = re.compile("[\u1100-\u115f\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\U00020000-\U0003ffff]")
WITHIN_SYLLABLE: Final = re.compile("[\u1160-\u11ff]")


@lru_cache(maxsize=4096)
def plain_letter(letter: str) -> str:
    """One letter without case and accents: "Å" is "a", "ß" is "ss", and what nobody sees is nothing."""
    if ord(letter) in REMOVED:
        return ""
    parts = unicodedata.normalize("NFKD", letter.casefold())
    if " " in parts:  # an accent that stands alone, as ´
        return letter
    return "".join(spelled_out(part) for part in parts if not unicodedata.combining(part)).casefold()


def spelled_out(letter: str) -> str:
    struck = WITH_A_STROKE.match(unicodedata.name(letter, ""))
    return SPELLED.get(letter) or (struck[1].lower() if struck else letter)


@lru_cache(maxsize=4096)
def shade(letter: str) -> str:
    """A letter in the place of vowel signs, which are part of words in Indic scripts and not for Python's \\w."""
    return "a" if unicodedata.category(letter)[0] == "M" else letter


@dataclass(frozen=True, slots=True)
class Plain:
    """A part of a text in its plain form. `words` are places from and to; `inner` are places within words where a name
    may begin, with the word's end; `source` says for each letter where it stood. An apostrophe within a word is taken
    out: O'Connor is oconnor."""

    text: str
    words: list[tuple[int, int]]
    inner: list[tuple[int, int]]
    source: Sequence[int]

    @property
    def whole(self) -> str:
        """From the first word to the last, with what is between them, if that is more than a word."""
        return self.text[self.words[0][0] : self.words[-1][1]] if len(self.words) > 1 else ""

    @property
    def signs(self) -> str:
        """What stands before the first word."""
        return self.text[: self.words[0][0] if self.words else None]

    def terms(self) -> list[str]:
        found = [self.text[first:last] for first, last in (*self.words, *self.inner)]
        return [term for term in (*found, self.whole, self.signs) if term]


def plain_form(part: str) -> Plain:
    """A part of a text, without spaces in it."""
    if part.isascii() and "'" not in part and "`" not in part:
        text = part.lower()
        return Plain(text, [found.span() for found in WORD.finditer(text)], [], range(len(text)))
    pairs = [(plain, place) for place, letter in enumerate(part) for plain in plain_letter(letter)]
    shaded = "".join(shade(plain) for plain, _ in pairs)
    after: set[int] = set()
    for found in reversed(list(APOSTROPHE.finditer(shaded))):
        after = {place - 1 for place in after} | {found.start()}
        del pairs[found.start()]
    text, shaded = "".join(plain for plain, _ in pairs), APOSTROPHE.sub("", shaded)
    words = [found.span() for found in WORD.finditer(shaded)]
    inner = [
        (place, last) for first, last in words
        for place in [place for place in range(first + 1, last) if place in after or begins_name(text, place)][:MOST_INNER]
    ]  # fmt: skip
    return Plain(text, words, inner, [place for _, place in pairs])


def begins_name(text: str, place: int) -> bool:
    """Whether a name may begin there, though it is within a word: in writing without spaces, and where that ends."""
    before, letter = text[place - 1], text[place]
    if letter.isascii() and before.isascii():
        return False
    if UNSPACED.match(letter):
        return True
    follows = UNSPACED.match(before) or WITHIN_SYLLABLE.match(before)
    return bool(follows) and not WITHIN_SYLLABLE.match(letter)


def terms_in(text: str | None) -> Iterator[str]:
    for part in (text or "").split():
        # Accents alone are shown, and have no plain form.
        for term in plain_form(part).terms() or [part.casefold()]:
            yield term[:LONGEST_TERM]


def terms_of(
    name: str | None, email: str | None, shown_ids: Iterable[str | None], other_ids: Iterable[str] = ()
) -> set[str]:
    """All terms of a user; prefixes of them are matched. Of `other_ids`, the newest first, as many as there is room
    for: whoever types one of them whole finds it by the id itself."""
    terms = {*terms_in(name), *terms_in(email), *terms_in(email and email.partition("@")[2])}
    for ident in shown_ids:
        terms.update(terms_in(ident))
    of_others: set[str] = set()
    for ident in other_ids:
        if len(of_others) >= MOST_OF_IDS:
            break
        of_others.update(terms_in(ident))
    return without_prefixes(sorted(terms | of_others))


def without_prefixes(terms: list[str]) -> set[str]:
    """Sorted terms without those that another begins with: whatever finds them finds the longer one too."""
    return {
        term for number, term in enumerate(terms) if number + 1 == len(terms) or not terms[number + 1].startswith(term)
    }
