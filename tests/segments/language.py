"""What the properties of the rule language draw: attributes, values, people, rules."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from segments.language import operators
from segments.language.dates import UNITS
from segments.models import Membership
from users.ground.text_forms import email_key, same_look
from users.models import Attribute, EndUser, Project, Tag, UserTag
from users.types.date import stored_date
from users.types.table import folded, is_of

ZONES = [
    "UTC",
    "Europe/Paris",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/New_York",
    "Africa/Casablanca",
]
TEXTS = [
    "", "Pro", "pro", "PRO", "pr", "o", "Straße", "STRASSE", "ß", "ẞ", "İstanbul", "i̇stanbul", "ı", "I", "ſ", "K", "k",
    "é", "e\u0301", "🦊", "👩‍👩‍👧", "100%", "a_b", "a%b", "\\", '"', "a\"b", ",", "a,", ",b", "a b ", " a", "\n", "a\nb",
    "\u2028", "مرحبا", "true", "1", "1.0", "null", "[]", "2024-06-15", "\ue000", "\U0010ffff", "\x7f", "\x01",
    "a,1,b", ",true,", ",1,", ",,", ",[", "],", '","', "aéb", "éa", "\u0390", "\u1fd3", "\ufb05", "\ufb06",
    "\u200bPro\u00a0", "ＶＩＰ", "v\u200bip", "a1", "\u200b", " ",
]  # fmt: skip
NUMBERS = [
    0, 1, -1, 5, 42, 2**53 - 1, -(2**53) + 1, 0.1, 0.2, 0.1 + 0.2, 0.3, 1e300, 1e-300, 5e-324, 1.7976931348623157e308,
    1e22, 1e23, 123456789.123456789, 9007199254740993.0, -0.5, 3.3333333333333335, 2.5, 4.35, 0.30000000000000004,
]  # fmt: skip
DAYS = [
    "2024-03-30", "2024-03-31", "2024-04-01", "2024-10-27", "2024-10-28", "2011-12-29", "2011-12-30", "2011-12-31", "0001-01-01",
    "9999-12-31", "2024-02-29", "2018-11-04", "2018-11-03", "2024-06-15", "2024-06-16", "2023-12-31",
]  # fmt: skip
INSTANTS = [
    "2024-03-31T00:59:59.999Z", "2024-03-31T01:00:00.000Z", "2024-10-27T01:00:00.000Z", "2011-12-30T10:00:00.000Z",
    "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2018-11-04T03:00:00.000Z", "2018-11-04T02:59:59.999Z",
    "2024-06-15T00:00:00.000Z", "2024-06-14T22:00:00.000Z", "2024-06-15T12:30:00.000Z", "2024-06-08T12:30:00.000Z",
    "2024-05-15T12:30:00.000Z", "2023-06-15T12:30:00.000Z",
]  # fmt: skip
NOWS = [
    datetime(2024, 6, 15, 12, 30, tzinfo=UTC),
    datetime(2024, 3, 31, 1, 0, 0, 123456, UTC),
    datetime(2024, 2, 29, 23, 59, 59, 999999, UTC),
]

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
texts = st.sampled_from(TEXTS) | st.text(letters, max_size=6)
numbers = (
    st.sampled_from(NUMBERS) | st.integers(-100, 100) | st.floats(allow_nan=False, allow_infinity=False)
).map(lambda number: int(number) if float(number).is_integer() and abs(number) < 2**53 else number)  # fmt: skip
dates = st.sampled_from(DAYS) | st.sampled_from(INSTANTS) | st.dates().map(str) | st.datetimes().map(
    lambda moment: stored_date(f"{moment.year:04}{moment.isoformat()[4:]}Z")
)  # fmt: skip
# Dates as callers write them: any fraction of a second, any offset.
written_dates = dates | st.tuples(
    st.sampled_from(INSTANTS).filter(lambda text: text[:4] not in ("0001", "9999")) | st.datetimes(
        datetime(2, 1, 1), datetime(9998, 12, 31)
    ).map(lambda moment: f"{moment.year:04}{moment.isoformat()[4:19]}Z"),
    st.sampled_from(["", ".1", ".123", ".1239", ".123456", ".0005", ".9999999", ".000000001"]),
    st.sampled_from(["", "Z", "+05:30", "-11:00"]),
).map(lambda parts: f"{parts[0][:19]}{parts[1]}{parts[2]}")  # fmt: skip
items = texts | numbers | st.booleans()
# What could be mistaken for the punctuation of a list's JSON, or stand between two of its items.
punctuated = st.text('",[]\\1', max_size=3) | st.sampled_from([1, True])
tricky_lists = st.lists(
    punctuated, max_size=4, unique_by=lambda item: (type(item) is bool, isinstance(item, str), item)
)
VALUES = {
    "string": texts, "number": numbers, "boolean": st.booleans(), "date": dates,
    "list": st.lists(items, max_size=4, unique_by=lambda item: (type(item) is bool, isinstance(item, str), item)),
}  # fmt: skip
leftovers = st.one_of(list(VALUES.values()))
periods = st.fixed_dictionaries(
    {"n": st.integers(1, 40) | st.sampled_from([1000, 9999]), "unit": st.sampled_from(list(UNITS))}
)
PATTERNS = ["^pro$", r"\bk", "ß", "[i-k]", r"^\.?", r"(?:a|b){0,3}c?", r"[\W\d]", r"\B", "[^\\w]", "(ab)*"]
ATOMS = [
    "a", "b", "k", "ß", "ſ", "i", "İ", "ı", "\u0390", "\u1fd3", "\ufb06", "é", "🦊", '"', ",", "1", ".", "^", "$", "|", "()", "(a|)",
    r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\b", r"\B", r"\n", r"\.", r"\\", "[a-c]", "[^a]", "[k-s]", r"[\d_]",
    r"[^\W]", r"[\Wk]", r"[\W_]", r"[^\D\S]", r"[\Da]", "[a-z\u2126]", "[]a]", "[a-]", "(?:a|b)", "[ſ]", "[^k]", "[α-ω]",
]  # fmt: skip
REPEATS = ["", "", "", "", "*", "+", "?", "{2}", "{0,3}", "{1,}", "*?", "??"]
made_patterns = st.lists(
    st.tuples(st.sampled_from(ATOMS), st.sampled_from(REPEATS)).map(
        lambda pair: pair[0] if pair[0] in ("^", "$", "|", r"\b", r"\B") else "".join(pair)
    ), min_size=1, max_size=5,
).map("".join)  # fmt: skip


SEGMENTS = [1, 2]  # a list, and one with a rule
entries = st.sampled_from([datetime.fromisoformat(text) for text in INSTANTS[8:]]) | st.datetimes(
    datetime(2023, 1, 1), datetime(2024, 6, 16), timezones=st.just(UTC)
)  # fmt: skip


def some(values: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[list[Any]]:
    """A few, or so many that they are not written out in SQL."""
    return st.lists(values, max_size=most) | st.lists(values, max_size=most).map(
        lambda drawn: [*drawn, *(f"other {number}" if isinstance(drawn[0], str) else number for number in range(40))]
        if drawn else drawn
    )  # fmt: skip


# Made once: Hypothesis checks a strategy when it is first drawn from, which takes longer than the draw.
OPERANDS: dict[str, st.SearchStrategy[Any]] = {
    "none": st.none(), "text": texts, "needle": texts.filter(bool), "pattern": st.sampled_from(PATTERNS) | made_patterns,
    "texts": some(texts, 4), "number": numbers, "numbers": some(numbers, 4),
    "numbers_range": st.tuples(numbers, numbers).map(lambda pair: sorted(pair)), "date": written_dates,
    "dates_range": st.tuples(written_dates, written_dates).map(lambda pair: sorted(pair)), "period": periods, "item": items,
    "items": some(items, 3), "segment": st.sampled_from(SEGMENTS),
    "segment_period": st.tuples(st.sampled_from(SEGMENTS), periods).map(lambda pair: {"segment": pair[0], **pair[1]}),
}  # fmt: skip
OPERATORS = {kind: st.sampled_from(list(known)) for kind, known in operators.TYPES.items()}
yes_or_no = st.booleans()


def conditions(fields: tuple[tuple[str, str], ...]) -> st.SearchStrategy[dict[str, Any]]:
    """A condition on one of the fields, given with their types."""
    any_field = st.sampled_from(fields)

    @st.composite
    def condition(draw: Any) -> dict[str, Any]:
        field, kind = draw(any_field)
        operator = draw(OPERATORS[kind])
        needle = operator.operand.schema.get("minLength")
        made = {
            "field": field,
            "operator": operator.name,
            "value": draw(OPERANDS["needle" if needle else operator.operand.name]),
        }
        if operator.cased and draw(yes_or_no):
            made["case_sensitive"] = True
        if operator.negative and operator.requires and draw(yes_or_no):
            made["require_value"] = True
        return made

    return condition()


def rules(fields: dict[str, str]) -> st.SearchStrategy[dict[str, Any]]:
    """Rules on these fields (FIELD -> type), nested or not."""
    return rules_on(tuple(sorted(fields.items())))


@cache
def rules_on(fields: tuple[tuple[str, str], ...]) -> st.SearchStrategy[dict[str, Any]]:
    def group(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.fixed_dictionaries(
            {
                "combinator": st.sampled_from(["and", "or"]),
                "not": st.booleans(),
                "rules": st.lists(parts, min_size=1, max_size=3),
            }
        )

    return group(st.recursive(conditions(fields), group, max_leaves=4))


COLUMNS = ("user_id", "name", "email", "language")
PERSON = st.fixed_dictionaries({
    "columns": st.fixed_dictionaries({**{name: st.none() | texts for name in COLUMNS}, "jimer_id": texts}),
    "sessions": st.integers(0, 5),
    "first_seen": st.none() | st.datetimes(timezones=st.just(UTC)) | st.sampled_from(NOWS),
    "last_activity": st.none() | st.datetimes(timezones=st.just(UTC)) | st.sampled_from(NOWS),
    "created": st.sampled_from(NOWS),
    "tags": st.lists(st.sampled_from(["vip", "beta-eu", "Straße", "Ａ\u200b１"]), unique=True, max_size=3),
})  # fmt: skip
ENTERED = st.fixed_dictionaries({pk: st.none() | entries for pk in SEGMENTS})
one_in_four = st.integers(0, 3)


@st.composite
def people(draw: Any, attributes: list[Attribute], with_segments: bool = False) -> dict[str, Any]:
    """One user's stored columns and documents."""
    document = {}
    for attribute in attributes:
        values = leftovers if attribute.converting_id else VALUES[attribute.type]
        if draw(one_in_four):
            document[attribute.ref] = draw(values)
    return {"document": document, **draw(PERSON), "entered": draw(ENTERED) if with_segments else {}}


def fold_document(document: dict[str, Any], types: dict[str, str]) -> dict[str, Any]:
    """As the write path leaves it; a leftover's copy has its own type's form."""
    made = {}
    for ref, value in document.items():
        kind = (
            types[ref]
            if is_of(types[ref], value)
            else "list"
            if isinstance(value, list)
            else "string"
            if isinstance(value, str)
            else ""
        )
        copy = folded(kind, value) if kind else None
        if copy is not None:
            made[ref] = copy
    return made


def store(project: Project, given: list[dict[str, Any]], attributes: list[Attribute]) -> list[EndUser]:
    types = {attribute.ref: attribute.type for attribute in attributes}
    rows = []
    for one in given:
        folds = {
            f"{name}_folded": None if text is None else email_key(text) if name == "email" else text.casefold()
            for name, text in one["columns"].items()
        }
        rows.append(EndUser(
            project=project, **one["columns"], **folds, sessions=one["sessions"], first_seen=one["first_seen"],
            last_activity=one["last_activity"], created=one["created"], attributes=one["document"],
            folded=fold_document(one["document"], types),
        ))  # fmt: skip
    stored = EndUser.objects.bulk_create(rows)
    tags = tags_of(project, {name for one in given for name in one["tags"]})
    pairs = list(zip(given, stored, strict=True))
    UserTag.objects.bulk_create(
        UserTag(user=row, tag=tags[name], origin_kind="member") for one, row in pairs for name in one["tags"]
    )
    Membership.objects.bulk_create(
        Membership(segment_id=pk, user=row, entered_at=moment, cause="list")
        for one, row in pairs for pk, moment in one["entered"].items() if moment is not None
    )  # fmt: skip
    return stored


def tags_of(project: Project, names: set[str]) -> dict[str, Tag]:
    """By name; those that are not there yet are made."""
    if not names:
        return {}
    known = {tag.name: tag for tag in Tag.objects.filter(project=project, name__in=names)}
    new = [Tag(project=project, name=name, folded=same_look(name)) for name in sorted(names - known.keys())]
    return known | {tag.name: tag for tag in Tag.objects.bulk_create(new)}
