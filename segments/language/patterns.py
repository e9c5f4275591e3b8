"""Patterns of `matches`: a subset of RE2 that RE2 (memory, SQLite) and PostgreSQL decide alike.

Literals, classes, ranges, `\\d \\w \\s \\b` and their opposites in ASCII, groups, alternation, repetition greedy or
lazy up to 100; `^` and `$` are the ends of the text and `.` is anything but a newline. Python runs RE2; for
PostgreSQL the pattern is written anew in its dialect, with case expanded letter by letter as RE2's (?i) does it.
Rules: github.com/google/re2/wiki/Syntax; PostgreSQL manual, 9.7.3.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import re2

from segments.language.pattern_effort import LIMIT, effort
from segments.language.pattern_engine import compiled, engine, found
from segments.language.pattern_nodes import (
    LAST,
    Assertion,
    Choice,
    Letters,
    Ranges,
    Repeat,
    Sequence,
    complement,
    normal,
    takes_nothing,
)

LONGEST: Final = 500  # characters of a pattern
MOST_REPEATS: Final = 100  # of one {m,n}
MOST_EXPANDED: Final = 1000  # atoms once every repetition is written out
DEEPEST: Final = 20
CASED: Final = ((0x41, 0x2FFF), (0xA640, 0xABFF), (0xFB00, 0xFFFF), (0x10400, 0x118FF), (0x16E40, 0x1E9FF))

DIGIT: Final[Ranges] = ((48, 57),)
WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Final[Ranges] = ((9, 10), (12, 13), (32, 32))
CLASSES: Final[dict[str, tuple[Ranges, bool]]] = {
    "d": (DIGIT, False), "D": (DIGIT, True), "w": (WORD, False), "W": (WORD, True), "s": (SPACE, False), "S": (SPACE, True),
}  # fmt: skip
CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
POSTGRES_WORD: Final = "[0-9A-Z_a-z]"


class PatternError(ValueError):
    """A pattern outside the subset: what is wrong, where, and what is possible."""


class Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def parse(self) -> Any:
        if not self.text:
            raise PatternError("The pattern is empty. Write what the value should match, for example ^ent.")
        if len(self.text) > LONGEST:
            raise PatternError(f"The pattern has {len(self.text):,} characters; {LONGEST} is the most.")
        node = self.choice()
        if self.at < len(self.text):
            raise self.error("a ) without its (", "Remove it, or write \\) for the character.")
        if expanded(node) > MOST_EXPANDED:
            raise PatternError(
                f"The pattern's repetitions write out to more than {MOST_EXPANDED:,} parts. Repeat less."
            )
        if effort(node) > LIMIT:
            raise PatternError(
                "The pattern can match in too many ways: parts that may take nothing (a?, a*, \\b, ^, $) stand in a row "
                "or are repeated. Repeat less, use fewer of them, or put what only looks (\\b, ^, $) outside the repetition."
            )
        return node

    def error(self, what: str, hint: str) -> PatternError:
        return PatternError(f"At character {self.at + 1} of the pattern is {what}. {hint}")

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def choice(self) -> Any:
        branches = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self) -> Any:
        nodes = []
        while self.peek() not in ("", "|", ")"):
            nodes.append(self.repeated())
        return Sequence(tuple(nodes))

    def repeated(self) -> Any:
        start = self.at
        node = self.atom()
        bounds = self.bounds()
        if bounds is None:
            return node
        if isinstance(node, Assertion):
            self.at = start
            raise self.error("a repeated ^, $ or \\b", "Repeat characters or groups only.")
        if self.peek() == "?":
            self.at += 1  # lazy: whether something matches does not depend on it
        if self.peek() in ("*", "+", "?") and self.peek():
            raise self.error("a repetition of a repetition", "Put the first one into a group: (?:a+)*.")
        least, most = bounds
        if most == 0 or takes_nothing(node):
            return node if least else Sequence(())
        return Repeat(node, least, most)

    def bounds(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self.peek() in simple:
            self.at += 1
            return simple[self.text[self.at - 1]]
        if self.peek() != "{":
            return None
        match = re.compile(r"\{(\d{1,4})(,(\d{0,4}))?\}", re.ASCII).match(self.text, self.at)
        if not match:
            raise self.error("a { that begins no repetition", "Write {2}, {2,} or {2,5}, or \\{ for the character.")
        least = int(match[1])
        most = least if match[2] is None else int(match[3]) if match[3] else None
        if max(least, most or 0) > MOST_REPEATS or (most is not None and most < least):
            raise self.error(
                f"the repetition {match[0]}", f"Repeat up to {MOST_REPEATS} times, the smaller number first."
            )
        self.at = match.end()
        return least, most

    def atom(self) -> Any:
        letter = self.peek()
        if letter == "(":
            return self.group()
        if letter == "[":
            return self.letters()
        if letter == "\\":
            return self.escape()
        if letter in "*+?{":
            raise self.error(f"a {letter} with nothing to repeat", f"Write \\{letter} for the character.")
        self.at += 1
        if letter == ".":
            return Letters(((10, 10),), negated=True)
        if letter in "^$":
            return Assertion(letter)
        return Letters(((ord(letter), ord(letter)),))

    def group(self) -> Any:
        rest = self.text[self.at :]
        if rest.startswith("(?") and not rest.startswith("(?:"):
            raise self.error(
                "a (?, which begins something unsupported", "Look-around, names and flags are not possible; (?: is."
            )
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"the {DEEPEST + 1}st group in a group", f"Nest at most {DEEPEST} groups.")
        start = self.at
        self.at += 3 if rest.startswith("(?:") else 1
        node = self.choice()
        if self.peek() != ")":
            self.at = start
            raise self.error("a ( that is never closed", "Close it with ), or write \\( for the character.")
        self.at += 1
        self.depth -= 1
        return Sequence((node,))

    def escape(self) -> Any:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in ("b", "B"):
            self.at += 2
            return Assertion(letter)
        if letter in CLASSES and letter:
            self.at += 2
            ranges, negated = CLASSES[letter]
            return Letters(ranges, negated)
        code = self.escaped()
        return Letters(((code, code),))

    def escaped(self) -> int:
        """The code point of an escaped character."""
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in CONTROLS and letter:
            self.at += 2
            return ord(CONTROLS[letter])
        if letter and letter.isascii() and not letter.isalnum() and letter.isprintable():
            self.at += 2
            return ord(letter)
        raise self.error(
            f"\\{letter}", "Possible are \\d \\w \\s \\b and their opposites, \\t \\n \\r \\f, and \\ before a sign."
        )

    def letters(self) -> Letters:
        start = self.at
        self.at += 1
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[tuple[int, int]] = []
        outside: list[Ranges] = []
        first = True
        while self.peek() != "]" or first:
            if not self.peek():
                self.at = start
                raise self.error("a [ that is never closed", "Close it with ], or write \\[ for the character.")
            if self.text.startswith(("[:", "[.", "[="), self.at):
                raise self.error("a POSIX class", "Write the letters, for example [a-z], or \\[ for the character.")
            named = self.named()
            if named is None:
                ranges.append(self.member())
            elif named[1]:
                outside.append(named[0])
            else:
                ranges += named[0]
            first = False
        self.at += 1
        return Letters(normal(ranges), negated, tuple(outside))

    def named(self) -> tuple[Ranges, bool] | None:
        """A class such as \\w within brackets, and whether it stands for what is not in it."""
        if self.peek() != "\\" or self.text[self.at + 1 : self.at + 2] not in CLASSES:
            return None
        found = CLASSES[self.text[self.at + 1]]
        self.at += 2
        if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
            raise self.error("a range from a class", "Write \\- for the character.")
        return found

    def member(self) -> tuple[int, int]:
        low = high = self.one()
        if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            if self.peek() == "\\" and self.text[self.at + 1 : self.at + 2] in CLASSES:
                raise self.error("a range to a class", "Write \\- for the character.")
            high = self.one()
            if high < low:
                raise self.error("the end of a reversed range", "Write the smaller character first.")
        return low, high

    def one(self) -> int:
        if self.peek() == "\\":
            return self.escaped()
        self.at += 1
        return ord(self.text[self.at - 1])


def expanded(node: Any) -> int:
    """How many atoms the node has once its repetitions are written out."""
    if isinstance(node, Repeat):
        return expanded(node.node) * max(node.most or 0, node.least, 1)
    if isinstance(node, Sequence):
        return sum(map(expanded, node.nodes)) or 1
    if isinstance(node, Choice):
        return sum(map(expanded, node.branches))
    return 1


@lru_cache(maxsize=1)
def kin() -> dict[int, frozenset[str]]:
    """For each letter, those that may be the same letter when case is ignored: they share a form."""
    forms: dict[str, set[str]] = {}
    for code in (code for first, last in CASED for code in range(first, last + 1)):
        letter = chr(code)
        if letter.lower() != letter or letter.upper() != letter:
            for form in {letter.lower(), letter.upper(), letter.title(), letter.casefold()}:
                # Two letters may meet in a form of several letters alone, as the ligatures of s and t do in ST.
                group = forms.setdefault(form, set())
                group.add(letter)
    found: dict[str, set[str]] = {}
    for form, group in forms.items():
        together = group.union({form} if len(form) == 1 else (), *(found.get(letter, ()) for letter in group))
        for letter in together:
            found[letter] = together
    return {ord(letter): frozenset(group - {letter}) for letter, group in found.items()}


@lru_cache(maxsize=4096)
def orbit(code: int) -> tuple[int, ...]:
    """The letters that RE2 takes for this one when case is ignored."""
    pattern = compiled(f"(?i){re2.escape(chr(code))}")
    return tuple(ord(other) for other in kin()[code] if pattern.fullmatch(other))


def without_case(ranges: Ranges) -> Ranges:
    if sum(high - low + 1 for low, high in ranges) < 100:  # most are one letter: no look at all that have a case
        letters = [code for low, high in ranges for code in range(low, high + 1) if code in kin()]
    else:
        letters = [code for code in kin() if any(low <= code <= high for low, high in ranges)]
    return normal([*ranges, *((other, other) for code in letters for other in orbit(code))])


def members(node: Letters, ignore_case: bool) -> Ranges:
    """The characters between the brackets. What is outside a class is outside all that its letters may be: RE2 folds
    first."""
    fold = without_case if ignore_case else normal
    return normal([*fold(node.ranges), *(item for named in node.outside for item in complement(fold(named)))])


def postgres(node: Any, ignore_case: bool) -> str:
    """The node in PostgreSQL's dialect, where nothing depends on flags or locale."""
    if isinstance(node, Letters):
        ranges = members(node, ignore_case)
        return bracket(complement(ranges) if node.negated else ranges)
    if isinstance(node, Assertion):
        word, boundary = POSTGRES_WORD, "(?:(?<={0})(?!{0})|(?<!{0})(?={0}))"
        within = "(?:(?<={0})(?={0})|(?<!{0})(?!{0}))"
        return {"^": r"\A", "$": r"\Z", "b": boundary.format(word), "B": within.format(word)}[node.sign]
    if isinstance(node, Repeat):
        most = "" if node.most is None else node.most
        return f"(?:{postgres(node.node, ignore_case)}){{{node.least},{most}}}"
    if isinstance(node, Choice):
        return "(?:" + "|".join(postgres(branch, ignore_case) for branch in node.branches) + ")"
    return "(?:" + "".join(postgres(part, ignore_case) for part in node.nodes) + ")"


def bracket(ranges: Ranges) -> str:
    """A class by code points. PostgreSQL knows no U+0000, and no value has one."""
    if not ranges:
        return r"(?!)"
    if ranges == ((0, LAST),):
        return r"[\u0001-\U0010FFFF]"
    parts = [
        code_point(max(low, 1)) if low == high else f"{code_point(max(low, 1))}-{code_point(high)}"
        for low, high in ranges if high > 0
    ]  # fmt: skip
    return f"[{''.join(parts)}]" if parts else r"(?!)"


def code_point(code: int) -> str:
    return f"\\U{code:08X}" if code > 0xFFFF else f"\\u{code:04X}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was checked: `found_in` decides in memory, `for_postgres` makes what `~` takes."""

    text: str
    ignore_case: bool

    def found_in(self, value: str) -> bool:
        return found(self.text, self.ignore_case, value)

    def for_postgres(self) -> str:
        return translated(self.text, self.ignore_case)


@lru_cache(maxsize=128)  # of some kilobytes each, half a megabyte at the worst
def translated(text: str, ignore_case: bool) -> str:
    return f"***:{postgres(Parser(text).parse(), ignore_case)}"


@lru_cache(maxsize=1024)  # a rule names the same pattern in many groups, and is checked with each step of its making
def check_pattern(text: str) -> None:
    """Raise PatternError for what is outside the subset."""
    Parser(text).parse()
    try:
        engine(text, True)
    except re2.error as error:
        raise PatternError(f"The pattern cannot be used: {error}. Write a simpler one.") from None
