"""Patterns: whatever is taken is decided, alike in memory and in the database; what is too much is refused everywhere."""

import sys
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segments.engines.memory import matcher
from segments.engines.person import StoredPerson
from segments.language.patterns import PatternError, check_pattern, kin
from segments.language.rules import parse
from segments.language.scope import ProjectScope, segment_sources
from tests.factories import user
from tests.segments.language import ATOMS
from tests.segments.test_language_properties import EXAMPLES, compare
from users.models import Attribute, EndUser
from users.registry.attributes import registry_of

pytestmark = pytest.mark.django_db

MEMBERS = [
    r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", "k", "S", "a-k", "Q-s", "i", "\u0131", "\u0130", "\u017f", "\u212a", "\u00e5",
    "\u1e9e", "\u00df", "\u03c3", "\u03b1-\u03c9", "\u1e60-\u1e61", "\ufb05", "\u01c5", "\u0345", "\U00010400", "\u0100-\u2fff",
    "_", "0-9", "!-~", "\u00b5", "\u0390", "\u10d0", "\u1c80-\u1c88", "\uab70", "\U0001e900-\U0001e943",
]  # fmt: skip
classes = st.tuples(st.sampled_from(["[", "[^"]), st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=3)).map(
    lambda drawn: f"{drawn[0]}{''.join(drawn[1])}]"
)


def interesting() -> list[str]:
    """Every letter that has another case, and those around and between the ranges of the classes."""
    codes = set(kin())
    codes |= (
        {code + step for code in codes for step in (-1, 1)} | set(range(1, 0x180)) | {0x2028, 0xFFFD, sys.maxunicode}
    )
    return [chr(code) for code in sorted(codes) if 0 < code <= sys.maxunicode and not 0xD800 <= code < 0xE000]


@pytest.fixture
def letters(project):
    """A user for every interesting letter, whose name it is."""
    EndUser.objects.bulk_create(
        EndUser(project=project, jimer_id=f"j{position}", jimer_id_folded=f"j{position}", name=letter, name_folded=letter.casefold())
        for position, letter in enumerate(interesting())
    )  # fmt: skip
    return SimpleNamespace(
        rows=EndUser.objects.filter(project=project),
        persons=[StoredPerson(row) for row in EndUser.objects.filter(project=project)],
        scope=ProjectScope(ZoneInfo("UTC"), registry_of(project), segment_sources(project.pk)),
    )


def on_name(pattern, case_sensitive):
    condition = {"field": "native.name", "operator": "matches", "value": pattern, "case_sensitive": case_sensitive}
    return {"combinator": "and", "rules": [condition]}


@pytest.mark.slow
@given(pattern=classes, case_sensitive=st.sampled_from([False, False, True]))
@settings(EXAMPLES, max_examples=40)
def test_classes_have_the_same_letters(project, letters, now, pattern, case_sensitive):
    compare(project, on_name(f"^{pattern}$", case_sensitive), letters.scope, letters.rows, letters.persons, now)


@pytest.mark.slow
@pytest.mark.parametrize("pattern", [r"[\W]", r"[^\Wk]", r"[^\W\D]", "[j-l]"])
def test_letters_that_fold_to_letters_of_a_class(project, letters, now, pattern):
    compare(project, on_name(f"^{pattern}$", False), letters.scope, letters.rows, letters.persons, now)


def grouped(inner):
    repeats = st.sampled_from(["*", "+", "?", "{2}", "{10}", "{100}", "{0,3}", "{0,100}", "{2,}", "{7,9}"])
    return (
        st.lists(inner, min_size=1, max_size=4).map("".join)
        | st.lists(inner, min_size=1, max_size=4).map(lambda parts: f"(?:{'|'.join(parts)})")
        | st.tuples(inner, repeats).map(lambda pair: f"(?:{pair[0]}){pair[1]}")
    )


simple = st.sampled_from([atom for atom in ATOMS if atom != "|"]) | st.sampled_from(
    ["^", "$", r"\b", r"\B", "a?", "b*"]
)
lookers = st.lists(st.sampled_from(["^", "$", r"\b", r"\B", "a", "b?"]), min_size=1, max_size=4).map("|".join)
repeated_lookers = st.tuples(lookers, st.sampled_from(["*", "{5}", "{10}", "{50}", "{100}"])).map(
    lambda pair: f"(?:{pair[0]}){pair[1]}"
)
nested = st.recursive(simple, grouped, max_leaves=12) | st.lists(repeated_lookers, min_size=1, max_size=2).map("".join)


@pytest.fixture
def texts(project):
    for number, text in enumerate(["", "a", "ab", "abc def", "aaaa", "k1 ſK", "é🦊", " a\nb ", "ß-_b", "a" * 60]):
        user(project, f"u{number}", attributes={"text": text})
    Attribute.objects.filter(project=project, key="text").update(type="string")
    rows = EndUser.objects.filter(project=project)
    scope = ProjectScope(ZoneInfo("UTC"), registry_of(project), segment_sources(project.pk))
    return SimpleNamespace(rows=rows, persons=[StoredPerson(row) for row in rows], scope=scope)


@pytest.mark.slow
@given(pattern=nested, case_sensitive=st.booleans())
@settings(EXAMPLES, max_examples=200)
def test_a_pattern_that_is_taken_is_decided(project, texts, now, pattern, case_sensitive):
    try:
        check_pattern(pattern)
    except PatternError:
        return
    raw = {"combinator": "and", "rules": [
        {"field": "custom.text", "operator": "matches", "value": pattern, "case_sensitive": case_sensitive}
    ]}  # fmt: skip
    compare(project, raw, texts.scope, texts.rows, texts.persons, now)


@pytest.mark.parametrize("pattern", [
    r"(?:\b|\B){10}", "(?:^|$){100}", r"(?:(?:\B){7,9})*a", r"(?:\ba\b){16}|a", r"(?:^a|b$|\bc){20}|^", "(?:a?){100}",
    "".join(chr(0x4E00 + 2 * step) for step in range(150)) + r"|\ba.{0,50}",
    r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}|a",
])  # fmt: skip
def test_what_is_large_and_can_be_decided_is(project, texts, now, pattern):
    raw = {"combinator": "and", "rules": [{"field": "custom.text", "operator": "matches", "value": pattern}]}
    compare(project, raw, texts.scope, texts.rows, texts.persons, now)
    verdict = matcher(parse(raw, texts.scope), texts.scope.zone)
    assert any(verdict(person, now) for person in texts.persons)
