"""Whatever is accepted is stored as it is, on both databases: sent again it is unchanged, read back it is the same."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import SERVER, ProjectFactory, value_of
from users.calls import Call
from users.identify import identify
from users.models import EndUser
from users.text_forms import unpadded
from users.types import TYPES, Misfit, convert, folded, infer, is_of, same, stored_date

TEXT = st.text(max_size=30) | st.sampled_from(
    ["ß", "İ", "🎉👩🏽‍💻", "مصر", "a\u0301", "%_", '"\\', " padded ", "2024-06-15", "1e5"]
)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [1e300, 5e-324, 1.2345678901234567e18, 2.0**60, -0.0, 0.1]
)  # fmt: skip
SCALARS = TEXT | NUMBERS | st.booleans()
VALUES = SCALARS | st.lists(SCALARS, max_size=6)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


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
