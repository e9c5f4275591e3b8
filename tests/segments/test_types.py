"""Each attribute type has every ability that rules and pages on segments ask it for."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from segments.engines.memory import matcher
from segments.engines.person import StoredPerson
from segments.engines.sql import Compiler
from segments.language import operators
from segments.language.fields import EVENT, SEGMENT, TAGS, of_definition
from segments.language.reads import Holds
from segments.language.rules import parse
from segments.language.scope import scope_of
from segments.showing.legacy import with_value
from segments.showing.links import value_condition
from segments.types.base import RuleType
from segments.types.table import TYPES
from tests.factories import user
from tests.segments.language import VALUES
from users.models import Attribute, EndUser, Job
from users.registry.attributes import NATIVES, bump_version, registry_of
from users.types.date import Date
from users.types.table import TYPES as VALUE_TYPES

EACH = pytest.mark.parametrize("known", TYPES.values(), ids=str)


def example(known):
    return known.kind.coerce(json.loads(known.kind.example))


@pytest.fixture
def people(project):
    """type -> a user who has the type's example in the attribute of that name."""
    now = timezone.now()
    for name in TYPES:
        Attribute.objects.create(project=project, source="custom", key=name, type=name, created=now)
    bump_version(project.pk)
    return {name: user(project, name, attributes={name: example(known)}) for name, known in TYPES.items()}


def found_by(project, condition):
    """The user ids that a condition selects: SQL and memory say the same."""
    scope, now = scope_of(project), timezone.now()
    rule = parse({"combinator": "and", "rules": [condition]}, scope)
    rows = EndUser.objects.filter(project=project)
    in_sql = rows.filter(Holds(Compiler(project.pk, scope.zone, now).where(rule)))
    verdict = matcher(rule, scope.zone)
    in_memory = {row.user_id for row in rows if verdict(StoredPerson(row), now)}
    assert set(in_sql.values_list("user_id", flat=True)) == in_memory
    return in_memory


def test_each_type_of_values_is_one_of_rules():
    assert {name: known.kind for name, known in TYPES.items()} == VALUE_TYPES
    assert list(operators.TYPES) == [*TYPES, SEGMENT, EVENT]
    assert list(VALUES) == list(TYPES), "tests/segments/language.py draws values of each type"


@EACH
def test_no_type_leaves_undecided_how_it_reads(known):
    assert {"kind", "sqlite", "postgres", "document"} <= vars(known).keys()
    assert {"is_set", "is_not_set"} <= {operator.name for operator in operators.TYPES[known.kind.name]}


@EACH
def test_no_ability_is_misspelt(known):
    own = {name for name in vars(known) if not name.startswith("_")}
    assert own <= {*vars(RuleType), *RuleType.__annotations__}


@EACH
def test_every_operator_of_a_type_reads_it_alike_in_sql_and_in_memory(project, people, known):
    name = known.kind.name
    for operator in operators.TYPES[name]:
        value = operator.operand.example
        found_by(project, {"field": f"custom.{name}", "operator": operator.name, "value": value})
    assert found_by(project, {"field": f"custom.{name}", "operator": "is_set"}) == {name}


@EACH
def test_exactly_the_users_with_a_value_are_linked_and_found_from_older_addresses(project, people, known):
    name, field = known.kind.name, f"custom.{known.kind.name}"
    condition = value_condition(field, name, example(known))
    assert found_by(project, condition) == {name}
    assert with_value(project, field, known.kind.raw(example(known))) == condition


@EACH
def test_leftovers_of_a_type_change_count_as_absent(project, people, known):
    """Only what has the type's form is a value while an attribute changes to it."""
    job = Job.objects.create(project=project, kind="retype", params={})
    attribute = Attribute.objects.create(
        project=project, source="custom", key="x", type=known.kind.name, converting=job
    )
    bump_version(project.pk)
    for name, other in TYPES.items():
        person = people[name]
        person.attributes = {attribute.ref: example(other)}
        person.folded = {attribute.ref: copy} if (copy := other.kind.fold(example(other))) is not None else {}
        person.save()
    held = {name for name, other in TYPES.items() if known.kind.holds(example(other))}
    assert found_by(project, {"field": "custom.x", "operator": "is_set"}) == held


DAYS = [
    f"{year}-{month:02}-{day:02}"
    for year in ("1900", "2000", "2023", "2024")
    for month in range(14)
    for day in (0, 1, 28, 29, 30, 31, 32)
]
TIMES = [
    "T00:00:00.000Z",
    "T23:59:59.999Z",
    "T24:00:00.000Z",
    "T10:60:00.000Z",
    "T10:00:60.000Z",
    "T10:30:00Z",
    "T",
    " ",
]


def test_a_leftover_that_looks_like_a_date_and_is_none_counts_as_absent(project):
    """Both databases know the calendar as Python does: the 31st of February is no date, nor is the year 0."""
    job = Job.objects.create(project=project, kind="retype", params={})
    attribute = Attribute.objects.create(project=project, source="custom", key="x", type="date", converting=job)
    bump_version(project.pk)
    texts = [*DAYS, "0000-01-01", "0001-01-01", "9999-12-31", *(f"2024-02-29{time}" for time in TIMES)]
    for number, text in enumerate(texts):
        person = user(project, f"u{number}")
        person.attributes = {attribute.ref: text}
        person.save()
    held = {f"u{number}" for number, text in enumerate(texts) if Date.holds(text)}
    assert found_by(project, {"field": "custom.x", "operator": "is_set"}) == held
    assert 200 < len(held) < len(texts)


@EACH
def test_each_type_says_what_is_counted_of_a_value(known):
    said = known.counted_as(example(known))
    assert said
    assert all(text.startswith(("is ", "includes ", "has ")) for text in said)


@EACH
def test_what_is_typed_narrows_without_losing_the_value(project, people, known):
    name = known.kind.name
    definition = registry_of(project).find(f"custom.{name}")
    needle = known.kind.text(example(known))[:2].casefold()
    rows = EndUser.objects.filter(pk=people[name].pk)
    assert known.narrowed(rows, definition.ref, needle).exists()


def test_each_native_attribute_reads_from_its_column(project):
    user(project, "u1", name="Maya")
    by_key = {definition.key: definition for definition in registry_of(project).of_source("native")}
    for native in NATIVES:
        field = of_definition(by_key[native.key])
        if native.key != TAGS:
            assert TYPES[field.type].column(native.key).present()
        found_by(project, {"field": field.name, "operator": "is_set"})


def test_the_help_page_has_each_type_under_its_heading():
    html = Client().get("/help/segments/").content.decode()
    for known in TYPES.values():
        assert f'aria-label="Link to {known.heading()}"' in html
