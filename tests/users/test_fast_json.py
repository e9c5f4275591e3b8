"""The fast library writes and reads as Python's own module does, or is not asked."""

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from users.api import bodies
from users.api.errors import ApiError
from users.database.fast_json import SLOW, SLOW_ASCII, ascii_json, json_text, orjson_bytes
from users.database.value_json import DECODER, read_document

ODD = [0.0, -0.0, 1e-4, 9.99e-5, 1e-5, 1e-7, 123e-7, 1e15, 1e16, 1e17, 1e21, 1e22, 5e-324, 1.7976931348623157e308,
       2**53, 2**53 + 1, -(2**53) - 1, 2**63, 2**64, 2**64 + 1, 10**30, 0.1 + 0.2, 1 / 3, 100.0, 1234567890123456.5]  # fmt: skip
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([*ODD, *(-number for number in ODD)]),
)
TEXTS = st.one_of(st.text(st.characters()), st.sampled_from(["\ud800", "\x00\x1f\x7f\u2028", "3e4-5e-6", "0.00001", "12345678901234567"]))  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


def spelled(value):
    """With the types: 1 and 1.0 are two things here, and so are 0.0 and -0.0."""
    return repr(value)


@settings(max_examples=400, deadline=None)
@given(VALUES)
@example(ODD)
@example({"a": [1e16, {"b": -1e-5}]})
@example("\x7f")
def test_documents_and_answers_have_one_spelling(value):
    assert json_text(value) == SLOW.encode(value)
    assert ascii_json(value) == SLOW_ASCII.encode(value).encode()


@settings(max_examples=400, deadline=None)
@given(VALUES)
@example(ODD)
def test_documents_are_read_as_before(value):
    text = json.dumps({"a": value}, ensure_ascii=False)
    assert spelled(read_document(text)) == spelled(DECODER.decode(text))


def body(inner):
    return b'{"a": ' + inner + b"}"


@settings(max_examples=400, deadline=None)
@given(VALUES, st.booleans())
def test_bodies_are_read_as_before(value, ascii_only):
    raw = body(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))
    assert spell_error(bodies.parse_json, raw) == spell_error(slowly, raw)


@pytest.mark.parametrize(
    "inner",
    [b"1e400", b"-1e400", b"NaN", b"Infinity", b"-Infinity", b"1" * 400, b"1" * 17, b"-0", b"0.0", b"01", b"1.", b".5", b"1e5",
     b"1E5", b'"\\ud800"', b'"\t"', b'"\\u0000"', b"'a'", b"[1,]", b"[" * 2000, b"tru", b"", b"1 2", b'1,"a":2', b"//x\n1", b'"\\x"'],
)  # fmt: skip
def test_odd_bodies_are_read_or_refused_as_before(inner):
    assert spell_error(bodies.parse_json, body(inner)) == spell_error(slowly, body(inner))


def slowly(raw):
    """What all bodies went through."""
    parsed = bodies.parse_slowly(raw)
    if bodies.depth(parsed) > bodies.DEEPEST:
        raise bodies.malformed(f"The JSON nests more than {bodies.DEEPEST} deep. Send flat keys and values.")
    return parsed


def spell_error(parse, raw):
    try:
        return spelled(parse(raw))
    except ApiError as error:
        return error.message
    except json.JSONDecodeError as error:
        return f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
    except UnicodeDecodeError as error:
        return f"The body is not UTF-8: byte {error.start} is wrong. Send JSON in UTF-8."
    except RecursionError:
        return f"The JSON nests more than {bodies.DEEPEST} deep. Send flat keys and values."


def test_numbers_keep_their_kind():
    assert math.copysign(1, read_document('{"a":-0.0}')["a"]) == -1
    assert read_document('{"a":100000000000000000000}')["a"] == 1e20


def test_ids_that_look_like_exponents_are_written_fast():
    assert orjson_bytes({"jimer_id": "0c3e4a1e-5e66-4e7e-8e1e-2e3e4e5e6e7e", "n": 1.5}) is not None
    assert orjson_bytes({"n": 1e-7}) is None
    assert orjson_bytes(1e-7) is None
