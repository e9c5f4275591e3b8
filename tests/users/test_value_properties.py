"""Whatever is accepted is stored as it is, on both databases: sent again it is unchanged, read back it is the same."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import JSONField
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import SERVER, SNIPPET, ProjectFactory, value_of, values_of
from users.ground.text_forms import unpadded
from users.models import EndUser, Merge
from users.types.date import stored_date
from users.types.fitting import Misfit
from users.types.table import TYPES, convert, folded, infer, is_of, same
from users.writing.calls import Call
from users.writing.identify import identify
from users.writing.merge import undo_merge

TEXT = st.text(max_size=30) | st.sampled_from(
    ["ß", "İ", "🎉👩🏽‍💻", "مصر", "a\u0301", "%_", '"\\', " padded ", "2024-06-15", "1e5"]
)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [1e300, 5e-324, 1.2345678901234567e18, 2.0**60, -0.0, 0.1]
)  # fmt: skip
SCALARS = TEXT | NUMBERS | st.booleans()
VALUES = SCALARS | st.lists(SCALARS, max_size=6)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@pytest.mark.django_db
@QUIET
@given(value=VALUES, key=st.text(min_size=1, max_size=20))
def test_accepted_values_survive(now, value, key):
    project = ProjectFactory()
    call = Call(user_id="u1", attributes={key: value})
    first = identify(project, call, SERVER, now)
    (verdict,) = first.attributes.values()
    if verdict == "rejected":
        return
    stored = value_of(project, EndUser.objects.get(project=project), f"custom.{unpadded(key)}")
    expected = TYPES[infer(value)].coerce(value)
    assert same(stored, expected)
    assert type(stored) is type(expected) or isinstance(expected, int | float)
    assert set(identify(project, call, SERVER, now).attributes.values()) == {"unchanged"}


def test_every_json_column_reads_large_numbers_as_they_were_written():
    """PostgreSQL writes 1e16 as a whole number, which no value is."""
    columns = [
        field for model in apps.get_models() if model.__module__.split(".")[0] in ("users", "segments", "integrations")
        for field in model._meta.get_fields() if isinstance(field, JSONField)
    ]  # fmt: skip
    assert len(columns) > 15
    for field in columns:
        read = field.from_db_value('{"n": 10000000000000000, "p": 1}', None, connection)
        assert (repr(read["n"]), repr(read["p"])) == ("1e+16", "1"), field


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1e16, 1e300])
def test_a_merge_gives_a_large_number_back(project, now, number):
    values = {"n": number, "list": [number]}
    identify(project, Call(jimer_id="j1", attributes=values), SNIPPET, now)
    identify(project, Call(user_id="u1", jimer_id="j2"), SERVER, now)
    identify(project, Call(user_id="u1", jimer_id="j1"), SNIPPET, now)
    merge = Merge.objects.get()
    assert repr(sorted(merge.filled.values(), key=str)) == repr(sorted([number, [number]], key=str))
    undo_merge(project, merge, SERVER, now)
    absorbed = EndUser.objects.get(pk=merge.absorbed_id)
    given_back = values_of(project, absorbed)
    assert repr([given_back["custom.n"], given_back["custom.list"]]) == repr([number, [number]])
    assert values_of(project, EndUser.objects.get(pk=merge.survivor_id)) == {}


@pytest.mark.slow
@QUIET
@given(value=VALUES)
def test_a_stored_value_fits_its_own_type_again(value):
    try:
        kind = infer(value)
        stored = TYPES[kind].coerce(value)
    except Misfit:
        return
    assert is_of(kind, stored)
    assert same(TYPES[kind].coerce(stored), stored)
    assert folded(kind, stored) is None or folded(kind, stored) == folded(kind, stored)


@QUIET
@given(value=VALUES, to=st.sampled_from(sorted(TYPES)))
def test_what_converts_has_the_new_type(value, to):
    try:
        stored = TYPES[infer(value)].coerce(value)
        converted = convert(stored, to)
    except Misfit as misfit:
        assert misfit.reason[0].isupper() or misfit.reason[0] in '"[-0123456789tf'
        return
    assert is_of(to, converted)


@QUIET
@given(moment=st.datetimes(timezones=st.timezones()))
def test_instants_keep_their_order_as_text(moment):
    text = stored_date(moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + "Z")
    if text:
        assert len(text) == 24
        assert stored_date(text) == text
