"""Marking what a search found, in text that anyone may have sent."""

import re

from django.utils.html import format_html
from django.utils.safestring import SafeString

from users.search import Needle
from users.search_terms import plain

WORD = re.compile(r"[^\W_]+")


def highlight(text: str, needle: Needle | None) -> SafeString:
    """The text escaped, with <mark> around the starts of words (or of the whole) that match."""
    if not needle or not needle.prefixes:
        return format_html("{}", text)
    ends: dict[int, int] = {}
    starts = [0, *(match.start() for match in WORD.finditer(text))]
    for start in starts:
        for prefix in needle.prefixes:
            end = match_end(text, start, prefix)
            if end:
                ends[start] = max(end, ends.get(start, 0))
    parts, at = [], 0
    for start in sorted(ends):
        if start < at:
            continue
        parts.append(format_html("{}<mark>{}</mark>", text[at:start], text[start : ends[start]]))
        at = ends[start]
    return SafeString("".join(parts)) + format_html("{}", text[at:])


def match_end(text: str, start: int, prefix: str) -> int:
    """Where the shortest piece from `start` ends whose plain form begins with the prefix; 0 if none does."""
    for end in range(start + 1, min(len(text), start + len(prefix) + 3) + 1):
        piece = plain(text[start:end])
        if piece.startswith(prefix):
            return end
        if not prefix.startswith(piece):
            return 0
    return 0
