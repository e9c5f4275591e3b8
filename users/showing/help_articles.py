"""The help's pages as texts: with anchors, a table of contents and code that copies, and found by what they say.

A page is a template without frame. All of them are the same for everybody, so each is drawn once in a process.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape, unescape
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from users.ground.text_forms import trimmed

HEADING: Final = re.compile(r"<h([23])>(.*?)</h\1>", re.DOTALL)
CODE: Final = re.compile(r'<pre aria-label="([^"]*)"[^>]*><code>(.*?)</code></pre>', re.DOTALL)
MARKS: Final = re.compile(r'<td class="mark-cell">.*?</td>', re.DOTALL)
WORD: Final = re.compile(r"\w+")
AROUND: Final = 90  # characters of a snippet before and after what was found
MOST_FOUND: Final = 20
LONGEST_QUERY: Final = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the help as its index knows it. `draw` returns the context of its template."""

    slug: str
    heading: str
    description: str
    template: str
    draw: Callable[[], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under a heading; the part before the first one has no anchor."""

    heading: str
    anchor: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    html: SafeString
    sections: tuple[Section, ...]

    @property
    def contents(self) -> list[Section]:
        return [section for section in self.sections if section.anchor]


@dataclass(frozen=True, slots=True)
class Found:
    page: Entry
    section: Section
    snippet: SafeString


def article_of(entry: Entry) -> Article:
    drawn = render_to_string(entry.template, entry.draw())
    taken: set[str] = set()

    def with_anchor(match: re.Match[str]) -> str:
        level, words = match.groups()
        anchor = free_anchor(plain_text(words), taken)
        link = f'<a class="anchor" href="#{anchor}" aria-label="Link to {escape(plain_text(words))}">#</a>'
        return f'<div class="titled"><h{level} id="{anchor}">{words.strip()}</h{level}>{link}</div>'

    html = HEADING.sub(with_anchor, drawn)
    return Article(mark_safe(CODE.sub(with_copy, html)), tuple(sections_of(drawn)))  # noqa: S308  our own templates


def free_anchor(words: str, taken: set[str]) -> str:
    base = slugify(words) or "section"
    anchor = next(name for name in (base, *(f"{base}-{n}" for n in range(2, 100))) if name not in taken)
    taken.add(anchor)
    return anchor


def with_copy(match: re.Match[str]) -> str:
    label, code = match.groups()
    return render_to_string("components/code.html", {"code": unescape(code), "label": unescape(label)})


def sections_of(html: str) -> Iterator[Section]:
    taken: set[str] = set()
    before, *rest = HEADING.split(html)
    yield Section("", "", 1, plain_text(before))
    for level, words, text in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        heading = plain_text(words)
        yield Section(heading, free_anchor(heading, taken), int(level), plain_text(text))


def plain_text(html: str) -> str:
    """A cell ends a word, or two of a table would read as one. Cells of marks alone say nothing without their row."""
    html = MARKS.sub("", html)
    return " ".join(unescape(strip_tags(re.sub(r"</(td|th|li|p|pre)>", r"</\1> ", html))).split())


def search(entries: list[tuple[Entry, Article]], query: str) -> list[Found]:
    """The sections that have every word, by its start: those whose heading has one first, then in the pages' order."""
    words = [word.casefold() for word in WORD.findall(trimmed(query)[:LONGEST_QUERY])]
    if not words:
        return []
    found: list[tuple[int, Found]] = []
    for entry, article in entries:
        for section in article.sections:
            heading = section.heading or entry.heading
            spoken = f"{heading} {section.text} {'' if section.anchor else entry.description}"
            if all(starts(word, spoken) for word in words):
                far = 0 if all(starts(word, heading) for word in words) else 1
                found.append((far, Found(entry, section, snippet(section.text or entry.description, words))))
    return [item for _, item in sorted(found, key=lambda pair: pair[0])][:MOST_FOUND]


def starts(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}", text.casefold()) is not None


def snippet(text: str, words: list[str]) -> SafeString:
    """What stands around the first word that was found, with all of them marked."""
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, words))})", re.IGNORECASE)
    first = pattern.search(text)
    middle = first.start() if first else 0
    begin = max(text.rfind(" ", 0, max(middle - AROUND, 0)) + 1, 0)
    end = text.find(" ", middle + AROUND)
    cut = text[begin : end if end > 0 else len(text)]
    parts = pattern.split(cut)  # text, word, text, word, ...
    marked = "".join(f"<mark>{escape(part)}</mark>" if at % 2 else escape(part) for at, part in enumerate(parts))
    more = "" if end < 0 else " …"
    return mark_safe(f"{'… ' if begin else ''}{marked}{more}")  # noqa: S308  each part is escaped
