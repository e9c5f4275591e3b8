"""Marking what a search found, in text that anyone may have sent."""

import re

from django.utils.safestring import SafeString

from users.finding.search import Needle
from users.ground.markup import escaped, markup
from users.writing.search_terms import plain_form, plain_letter

PART = re.compile(r"\S+")


def highlight(text: str, needle: Needle | None) -> SafeString:
    """The text escaped, with <mark> around the starts of words (or of more than a word) that match."""
    if not needle or not needle.prefixes:
        return markup("{}", text)
    places = [place for part in PART.finditer(text) for place in marked(part[0], part.start(), needle)]
    parts, at = [], 0
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if start >= at:
            parts.append(markup("{}<mark>{}</mark>", text[at:start], text[start:end]))
            at = end
    return SafeString("".join(parts) + escaped(text[at:]))


def marked(part: str, offset: int, needle: Needle) -> list[tuple[int, int]]:
    """Where prefixes of the needle stand at the start of a term, in the text that has the part at `offset`."""
    plain = plain_form(part)
    starts = {0, *(first for first, _ in (*plain.words, *plain.inner))}
    found = []
    for start in starts:
        for prefix in {*needle.prefixes, *needle.narrow}:
            if plain.text.startswith(prefix, start):
                end = plain.source[start + len(prefix) - 1] + 1
                while end < len(part) and not plain_letter(part[end]):
                    end += 1  # accents that follow their letter
                found.append((offset + plain.source[start], offset + end))
    return found
