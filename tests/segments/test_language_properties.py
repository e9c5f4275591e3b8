"""SQL and memory agree for every rule and every value, on the database that the suite runs on."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments.engines.bits import wanted
from segments.engines.memory import matcher
from segments.engines.person import StoredPerson
from segments.engines.sql import Compiler
from segments.language.operators import item_key
from segments.language.reads import Holds
from segments.language.rules import RuleErrors, parse, to_json
from segments.language.scope import ProjectScope, segment_sources
from segments.models import Segment
from tests.factories import user
from tests.segments.language import NOWS, ZONES, people, rules, store, tricky_lists
from users.models import Attribute, EndUser, Job
from users.registry.attributes import registry_of
from users.types.table import TYPES, compact

EXAMPLES = settings(
    max_examples=250, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
ANY_NOW, ANY_ZONE = st.sampled_from(NOWS), st.sampled_from(ZONES)
REFUSALS = ("before it begins", "of the pattern is", "in too many ways", "are too dear", "different patterns")
NOBODY = {
    "columns": {"jimer_id": "j", "user_id": None, "name": None, "email": None, "language": None}, "sessions": 0,
    "first_seen": None, "last_activity": None, "created": NOWS[0], "entered": {}, "tags": [],
}  # fmt: skip
NATIVES = {
    "native.jimer_id": "string", "native.user_id": "string", "native.name": "string", "native.email": "string",
    "native.language": "string", "native.first_seen": "date", "native.last_activity": "date", "native.created": "date",
    "native.sessions": "number", "native.tags": "list",
}  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture
def attributes(project):
    job = Job.objects.create(project=project, kind="retype", params={})
    made = []
    for kind in TYPES:
        made.append(Attribute.objects.create(project=project, source="custom", key=f"a {kind}.", type=kind))
        made.append(Attribute.objects.create(project=project, source="hubspot", key=kind, type=kind, converting=job))
    return made


@pytest.fixture
def segments(project):
    """What SEGMENTS stand for: a list, and a rule that reads it."""
    unlisted = [{"field": "native.name", "operator": "is_set"}, {"field": "segment", "operator": "is_in", "value": 1}]
    Segment.objects.create(pk=1, project=project, name="By hand", static=True)
    Segment.objects.create(
        pk=2, project=project, name="Unlisted", rule={"combinator": "or", "not": True, "rules": unlisted}
    )


def check_agreement(project, attributes, data, fields, scope_zone):
    given_people = data.draw(st.lists(people(attributes, "segment" in fields), min_size=1, max_size=6))
    scope = ProjectScope(ZoneInfo(scope_zone), registry_of(project), segment_sources(project.pk))
    with undone():
        stored = store(project, given_people, attributes)
        rows = EndUser.objects.filter(pk__in=[row.pk for row in stored])
        persons = [StoredPerson(row) for row in rows]
        for raw in data.draw(st.lists(rules(fields), min_size=1, max_size=5)):
            compare(project, raw, scope, rows, persons, data.draw(ANY_NOW))


@contextmanager
def undone():
    """What is written within is gone afterwards: one statement, where deleting people by their rows takes many."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def compare(project, raw, scope, rows, persons, now):
    try:
        rule = parse(raw, scope)
    except RuleErrors as refused:
        assert any(reason in str(refused) for reason in REFUSALS)
        return
    verdict = matcher(rule, scope.zone)
    in_memory = {person.pk for person in persons if verdict(person, now)}
    compiler = Compiler(project.pk, scope.zone, now)
    in_sql = set(rows.filter(Holds(compiler.where(rule))).values_list("pk", flat=True))
    in_a_pass = {pk for pk, bits in wanted(compiler, [SimpleNamespace(rule=rule)], rows, len(persons)).items() if bits}
    assert in_sql == in_a_pass == in_memory, (connection.vendor, to_json(rule), now, shown(persons))


def shown(persons):
    """What a failure says of them. Their tags are a question each, so nobody asks before it fails."""
    return [(one.pk, one.attributes, one.row.name, one.row.first_seen, one.tag_names()) for one in persons]


@given(data=st.data())
@EXAMPLES
def test_attributes_of_every_type(project, attributes, data):
    fields = {attribute.field: attribute.type for attribute in attributes}
    check_agreement(project, attributes, data, fields, data.draw(ANY_ZONE))


@given(data=st.data())
@EXAMPLES
def test_native_attributes(project, data):
    check_agreement(project, [], data, NATIVES, data.draw(ANY_ZONE))


@given(data=st.data())
@settings(EXAMPLES, max_examples=150)
def test_other_segments(project, segments, data):
    check_agreement(project, [], data, {"segment": "segment"}, data.draw(ANY_ZONE))


@given(
    data=st.data(),
    value=tricky_lists.filter(bool),
    operator=st.sampled_from(["includes", "includes_any", "includes_all"]),
)
@settings(EXAMPLES, max_examples=150)
def test_lists_are_decided_by_their_items_not_their_text(project, data, value, operator):
    """What is looked for is any piece of the list's JSON from one quote to another."""
    text = compact(value)
    quotes = [place for place, letter in enumerate(text) if letter == '"']
    if len(quotes) < 2:
        return
    first, last = sorted(data.draw(st.lists(st.sampled_from(quotes), min_size=2, max_size=2, unique=True)))
    piece = text[first + 1 : last]
    attribute = Attribute.objects.get_or_create(project=project, source="custom", key="items", type="list")[0]
    [person] = store(project, [{**NOBODY, "document": {attribute.ref: value}}], [attribute])
    wanted = piece if operator == "includes" else [piece, *data.draw(st.lists(st.sampled_from(value), max_size=1))]
    held = set(map(item_key, value)).intersection(map(item_key, [piece] if operator == "includes" else wanted))
    whole = operator != "includes_any" and len(held) < len(
        set(map(item_key, wanted if operator == "includes_all" else [piece]))
    )
    for case_sensitive in (False, True):
        condition = {"field": "custom.items", "operator": operator, "value": wanted, "case_sensitive": case_sensitive}
        assert decided(project, person, condition, NOWS[0]) == bool(held and not whole)


def decided(project, person, condition, now):
    """The verdict, which the database and memory agree on."""
    row = EndUser.objects.get(pk=person.pk)
    scope = ProjectScope(ZoneInfo("UTC"), registry_of(project), segment_sources(project.pk))
    raw = {"combinator": "and", "rules": [condition]}
    rows, persons = EndUser.objects.filter(pk=row.pk), [StoredPerson(row)]
    compare(project, raw, scope, rows, persons, now)
    return matcher(parse(raw, scope), scope.zone)(persons[0], now)


@given(moment=st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), n=st.integers(1, 90))
@settings(EXAMPLES, max_examples=40)
def test_an_instant_is_itself_to_the_millisecond(project, moment, n):
    """As a value sent, as a column, as a constant, and as the clock."""
    text = moment.isoformat()
    person = user(project, attributes={"at": text}, now=datetime(2100, 1, 3, tzinfo=UTC))
    Attribute.objects.filter(project=project, key="at").update(type="date")
    EndUser.objects.filter(pk=person.pk).update(last_activity=moment)
    period = {"n": n, "unit": "minute"}
    later, earlier = moment + timedelta(minutes=n), moment - timedelta(minutes=n)
    for field in ("custom.at", "native.last_activity"):

        def holds(operator, value, now=moment, field=field):
            return decided(project, person, {"field": field, "operator": operator, "value": value}, now)

        assert [holds("before", text), holds("after", text), holds("between", [text, text])] == [False, False, True]
        assert [holds("in_last", period), holds("in_next", period)] == [True, True]
        assert [holds("in_last", period, later), holds("more_than_ago", period, later)] == [False, False]
        assert not holds("in_next", period, earlier)


@pytest.mark.parametrize("kind", ["string", "number", "boolean", "date", "list"])
@given(data=st.data())
@EXAMPLES
def test_each_type_alone(project, attributes, kind, data):
    one = [attribute for attribute in attributes if attribute.type == kind]
    check_agreement(project, one, data, {item.field: kind for item in one}, data.draw(ANY_ZONE))
