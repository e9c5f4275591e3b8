"""What the product exports it imports without loss: values, types, absent beside empty, tags and lists of users."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from integrations.imports import making, steps
from segments.defining.edit import Author, create_segment
from segments.membership.lists import add_members
from segments.models import Membership
from segments.sheets.export import columns_of
from segments.sheets.people import Layout, members_of
from segments.sheets.writers import WRITERS
from tests.factories import SERVER, ProjectFactory, user, values_of
from users.jobs.machinery import run_all_jobs
from users.models import EndUser
from users.registry.attributes import define, registry_of
from users.types.table import TYPES
from users.writing.calls import Call, TagChange
from users.writing.identify import identify

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
KEYS = {
    "text": "string",
    "seats": "number",
    "active": "boolean",
    "since": "date",
    "colors": "list",
    "two words": "string",
}
FIELDS = [
    "native.user_id",
    "native.jimer_id",
    "native.name",
    "native.email",
    "native.tags",
    *(f"custom.{key}" for key in KEYS),
]
TEXT = strategies.text(strategies.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12) | (
    strategies.sampled_from(
        ["", " ", "=1+1", "'=1", "''+x", "a\nb", "a\r\nb", '"', '""', ",", ";", "042", "true", "[1]", "\t", "-"]
    )
)
NUMBERS = strategies.integers(-(2**53) + 1, 2**53 - 1) | strategies.floats(allow_nan=False, allow_infinity=False)
VALUES = strategies.fixed_dictionaries({}, optional={
    "text": TEXT, "two words": TEXT, "seats": NUMBERS, "active": strategies.booleans(),
    "since": strategies.dates().map(lambda day: day.isoformat())
    | strategies.datetimes(datetime(1000, 1, 2), datetime(9999, 1, 1), timezones=strategies.just(UTC)).map(lambda at: at.isoformat()),
    "colors": strategies.lists(TEXT | NUMBERS | strategies.booleans(), max_size=4),
})  # fmt: skip


def project_with_keys():
    made = ProjectFactory()
    for key, kind in KEYS.items():
        define(made, key=key, type_name=kind, now=datetime.now(UTC))
    return made


def everything(project):
    known = registry_of(project)
    found = {}
    for person in EndUser.objects.filter(project=project):
        tags = sorted(person.user_tags.values_list("tag__name", flat=True))
        assert all(TYPES[known.find(field).type].holds(value) for field, value in values_of(project, person).items())
        found[person.user_id or person.jimer_id] = (person.name, person.email, tags, values_of(project, person))
    return found


def exported(segment, fields, kind="csv", layout=None):
    pieces = WRITERS[kind](members_of(segment), columns_of(segment.project, fields), layout or Layout())
    return b"".join(piece if isinstance(piece, bytes) else piece.encode() for piece in pieces)


def imported(project, written, name, **options):
    found, table = making.make(project, name, [written], SERVER, datetime.now(UTC))
    making.choose(found, table, options)
    steps.start_run(found, None, datetime.now(UTC))
    run_all_jobs()
    found.refresh_from_db()
    assert (found.state, found.counts["failed"]) == ("done", 0), list(found.problems.values_list("reason", "value"))
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    values=strategies.lists(VALUES, min_size=1, max_size=6),
    kind=strategies.sampled_from(sorted(WRITERS)),
    mark=strategies.booleans(),
)
def test_exported_users_are_the_same_in_another_project(db, values, kind, mark):
    source, target = project_with_keys(), project_with_keys()
    segment = create_segment(
        source, {"name": f"Everybody {source.pk}"}, rule=None, static=True, by=Author(None, "x"), now=datetime.now(UTC)
    )
    for number, given_values in enumerate(values):
        person = user(
            source, f"'={number}" if number % 2 else f"u{number}", name=f"Zoë {number}\n=x", attributes=given_values
        )
        add_members(segment, [person.pk], datetime.now(UTC))
    anonymous = user(source, None, jimer_id="browser", attributes=values[0], tags=TagChange(add=["vip", 'a, "b"']))
    identify(source, Call(target=anonymous.pk, attributes={"text": "x"}), SERVER, datetime.now(UTC))
    add_members(segment, [anonymous.pk], datetime.now(UTC))
    written = exported(segment, FIELDS, kind, Layout(mark=mark))
    imported(target, written, f"people.{kind}")
    assert everything(target) == everything(source)
    again = imported(target, written, f"people.{kind}")
    assert again.counts["unchanged"] == again.counts["rows"], "the same file once more changes nothing"


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_a_static_list_is_imported_as_one(project, now, kind):
    source = ProjectFactory()
    here = create_segment(source, {"name": "VIPs"}, rule=None, static=True, by=Author(None, "x"), now=now)
    there = create_segment(project, {"name": "VIPs"}, rule=None, static=True, by=Author(None, "x"), now=now)
    add_members(here, [user(source, name).pk for name in ("u1", "u2")], now)
    user(project, "u1")
    imported(project, exported(here, ["native.user_id", "native.jimer_id"], kind), f"vips.{kind}", segment=there.pk)
    assert set(Membership.objects.filter(segment=there).values_list("user__user_id", flat=True)) == {"u1", "u2"}


def test_other_columns_of_an_export_are_left_out_without_harm(project):
    text = b"native.user_id,native.sessions,native.created,hubspot.stage\nu1,12,2024-06-15T10:00:00.000Z,lead\n"
    found = imported(project, text, "people.csv")
    fields = [column["field"] for column in found.options["columns"]]
    assert fields == ["native.user_id"]
