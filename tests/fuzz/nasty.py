"""What nobody should send, and somebody does: texts for addresses and forms, JSON values, whole bodies, headers."""

import base64
import json
from random import Random
from typing import Any, Final

HALF = "\ud800"
LONG_NUMBER = "9" * 4400  # more digits than Python reads
NUMBERS: Final = [
    "0", "-1", "1", "007", "+1", "1_0", " 1 ", "1.0", "-0", "1e5", "1e400", "NaN", "Infinity", "-Infinity", "²", "٣", "१",
    "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
    "18446744073709551616", "9" * 30, LONG_NUMBER,
]  # fmt: skip
TEXTS: Final = [
    "", " ", "\x00", "a\x00b", HALF, f"a{HALF}b", "\udfff", "é", "ß", "İ", "🦊", "\u200b", "\u2028", "\ufeff", "\u202e", "\n", "\r\n", "a\nb",
    "\t", "%", "%00", "%ZZ", "_", "\\", "'", '"', "';--", "<script>", "{{ 7 }}", "${x}", "../../etc/passwd", "~", "~é", "~!!", "~/w", "~AA",
    ".", "..", "a.b", ".a", "native.", "custom.", "native.email", "custom.plan", "custom.pin", "segment", "event.x", "group.y", "custom.é",
    "null", "true", "false", "undefined", "None", "on", "x" * 300, "é" * 5000, "\U0010ffff", "\uffff", "a=b&c", "?", "#", "//", ":",
    "{", "[", "[]", "{}", '{"rules": []}', '{"a": 1}', "[1]", "[null]", '["x", 1, {}]', "null ", "1 2", '"\\ud800"', '["\\ud800"]', "[" * 10_000,
    '{"a":' * 10_000, '{"combinator": "and", "rules": [1]}', '["a", ["b"]]', '["\\u0000"]', "[1e400]", "[NaN]", f"[{LONG_NUMBER}]",
]  # fmt: skip
DATES: Final = [
    "0001-01-01", "9999-12-31", "0000-00-00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z", "10000-01-01", "-0001-01-01", "2024-02-30", "2024-06-15T25:00", "2024-06-15T12:00+99:99", "2024-06-15",
    "2024-06-15T12:00:00.1234567891234Z", "2024-W01-1", "20240615T120000Z", "24:00", "٢٠٢٤-٠١-٠١", "0001-01-01T00:00", "9999-12-31T23:59",
]  # fmt: skip
NEXTS: Final = [
    "é", "/é", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "http://evil.example/", "/a\nb",
    "\n/", "/\r\nSet-Cookie: a=b", "/?q=é", "sign_in", "users.views", "home", ".", "/" * 3000, "http:///x", "http://[", "//[", "/%", "/" + HALF, "?",
    "mailto:a@b.example", "https:evil.example", " /", "\t//evil.example", "a.b", "admin:index", "../x", "./", "http://testserver/é",
]  # fmt: skip


def coded(value: Any) -> str:
    """As cursors are: base64 of JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode()


CURSORS: Final = [
    *(coded(value) for value in (
        None, True, False, 0, -1, 1.5, 2**63, 2**64, "x", [], {}, [1], [1, 2], [1, 2, 3], [None, 1, False], [None, 1, True],
        ["2024-06-15T12:00:00+00:00", 1, False], ["0001-01-01T00:00:00+14:00", 1, True], ["9999-12-31T23:59:59-14:00", 1, False],
        ["0001-01-01", 1, False], ["", 1, False], ["x", 1, 0], ["é", 2**63, False], ["a\x00b", 1, False], ["\ud800", 1, False], [[], 1, False],
        [{}, 1, True], [True, True, True], [1, True, False], [2**63, 1, False], [-(2**70), 1, True], [1.5, 1, False], ["x", "1", False],
        ["x", None, False], ["x", 1.0, False], [1, 2, 3, 4], {"v": 1, "pk": 1}, float("nan"), float("inf"), [float("inf"), 1, False],
        [float("nan"), 1, False], [0, float("inf"), False], "[1e999, 1, false]", f"[{LONG_NUMBER}, 1, false]", f"[0, {LONG_NUMBER}, false]",
        LONG_NUMBER, "[" * 5000, '["\\ud800", 1, false]', '["\\u0000", 1, true]', "0", "[", '{"a"', "2024-06-15T12:00:00+00:00|1",
    )),
    "=", "====", "A", "AA", "é", "AAAA=", "_-_-", base64.urlsafe_b64encode(b"\xff\xfe\x00").decode(), "2024-06-15T12:00:00+00:00_1", "0001-01-01_1",
    "9999-12-31T23:59:59.999999-14:00_1", "2024-06-15T12:00:00_²", "2024-06-15_9223372036854775808", f"2024-06-15_{LONG_NUMBER}",
    "0001-01-01T00:00:00+14:00.1", "2024-06-15T12:00:00+00:00,1", "1,2024-06-15", "_1", "1_", "9999-12-31,9223372036854775808",
]  # fmt: skip
ALL_TEXTS: Final = [*NUMBERS, *TEXTS, *DATES, *NEXTS, *CURSORS]

JSON_VALUES: Final[list[Any]] = [
    None, True, False, 0, 1, -1, 1.0, 1.5, -0.0, 1e308, 5e-324, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**300, [], {}, [[]], [{}], [None],
    [True, 1, "1", 1.0], [1, [2]], ["x"], ["x", "x"], ["\ud800"], ["a\x00b"], [2**64], [""], {"a": 1}, {"": None}, {"a": {"b": []}}, {"\ud800": 1}, {"\x00": 1},
    {"$add": {"logins": 1}}, {"$set": None}, {"$unset": [1]}, {"id": "x"}, {"id": 2**64}, {"id": []}, {"n": 1, "unit": "day"}, {"n": 2**70, "unit": "year"},
    {"n": 1e300, "unit": "month"}, {"n": 9999999, "unit": "year"}, {"n": True, "unit": []}, {"count": {"operator": "gte", "value": 2**64}}, ["y"] * 600,
    {str(number): number for number in range(260)}, "x" * 701, [["a", 1]], [1.5, -1], [2**63 - 1, 2**63],
]  # fmt: skip


def deep(inner: str, times: int, opening: str = "[", closing: str = "]") -> str:
    return opening * times + inner + closing * times


# Bodies that are no JSON object of a call, however they are read.
BODIES: Final[list[bytes]] = [
    b"", b" ", b"null", b"1", b"[]", b'"x"', b"{", b"{}", b"{}{}", b'{"a":1,}', b"\xff\xfe", b"\xef\xbb\xbf{}", '{"a": "é"}'.encode("latin-1"), b"\x00",
    b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"user_id": "\\ud800"}', b'{"user_id": "a\\u0000"}', b"a=b&c=d", b"%",
    deep("", 10_000).encode(), deep("1", 10_000, '{"a":', "}").encode(), b"[" * 10_000, b'{"a":' * 10_000, f'{{"a": {LONG_NUMBER}}}'.encode(),
    f'{{"a": {deep("1", 40)}}}'.encode(), b'{"a": 1, "a": 2}', b"{\"user_id\": 'x'}", "{}".encode("utf-16"), b"x" * 40_000,
]  # fmt: skip
HEADERS: Final[dict[str, list[str]]] = {
    "HTTP_AUTHORIZATION": ["", "Bearer", "Bearer ", "Bearer x", "bearer \xff", "Basic", "Basic !!", "Basic eDp5", "Basic " + "x" * 5000, "Digest a=b",
                           "\x00", "Bearer a b c", "Basic //79"],
    "HTTP_HX_REQUEST": ["true", "", "\xff"],
    "HTTP_HX_TARGET": ["div#results", "results", "", "x" * 3000, "\xff\x00"],
    "HTTP_HX_SOURCE": ["input#q", "\xe9"],
    "HTTP_HX_REQUEST_TYPE": ["full", "partial", "\xe9"],
    "HTTP_HX_PROMPT": ["\xe9", "x"],
    "HTTP_HX_BOOSTED": ["true", "x"],
    "HTTP_HX_CURRENT_URL": ["\xe9", "//evil", "http://[", "http://testserver/p/x/?q=\xe9", "%ED%A0%80", ""],
    "HTTP_HX_CURRENT_URL_URI_AUTOENCODED": ["true"],
    "HTTP_X_REQUESTED_WITH": ["XMLHttpRequest", "fetch", "\xff"],
    "HTTP_ACCEPT_LANGUAGE": ["xx;q=9", "*", ",,;;", "de-" + "a" * 600, "\xe9", "en;q=1e999", "en;q=²".encode("latin-1").decode("latin-1")],
    "HTTP_ACCEPT": ["", "*/*", "text/html;q=x", "\xff", "application/xml", ";;;", "a/b/c"],
    "HTTP_IF_NONE_MATCH": ["*", '"', 'W/"x"', '"\xe9"', ",", "x" * 3000],
    "HTTP_IF_MODIFIED_SINCE": ["x", "Thu, 01 Jan 1 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 99 Foo 99999 99:99:99 GMT"],
    "HTTP_IDEMPOTENCY_KEY": ["", "\xff", "x" * 3000],
    "HTTP_REFERER": ["\xe9", "x", "//evil.example", "http://testserver/\xe9", "javascript:x", "%", "home", "http://["],
    "HTTP_ORIGIN": ["null", "\xe9", "http://[", "https://evil.example", "x" * 3000, ""],
    "HTTP_RANGE": ["bytes=-", "bytes=0-99999999999999999999", "x"],
    "HTTP_X_FORWARDED_FOR": ["\xe9", "1.2.3.4, x", "::", "999.999.999.999", ","],
    "HTTP_X_API_KEY": ["", "x", "\xff"],
    "HTTP_CONTENT_ENCODING": ["gzip", "x", "\xe9", ""],
    "HTTP_COOKIE": ["sessionid=\xff", "sessionid=x; csrftoken=" + "y" * 3000, "=;;=", "theme=\xe9", "messages=[[]]", "sessionid=" + "a" * 32, "theme=x; open=y"],
    "CONTENT_LENGTH": ["x", "-1", "\xb2", "", "1"],  # a larger one than there is comes from no server
    "CONTENT_TYPE": ["", "x", "multipart/form-data", "multipart/form-data; boundary=\xe9", "multipart/form-data; boundary=" + "x" * 300,
                     "application/x-www-form-urlencoded; charset=x", "text/plain; charset=utf-16", "application/json; charset=nope", "\xff", "/", ";"],
    "REMOTE_ADDR": ["", "x", "::1", "999.1.1.1"],
}  # fmt: skip


def any_text(random: Random) -> str:
    kind = random.choice((NUMBERS, TEXTS, TEXTS, DATES, NEXTS, CURSORS))
    return random.choice(kind)


def any_json(random: Random) -> Any:
    if random.random() < 0.4:
        return any_text(random)
    return random.choice(JSON_VALUES)


def odd_headers(random: Random, share: float = 0.25) -> dict[str, str]:
    if random.random() > share:
        return {}
    names = random.sample(sorted(HEADERS), random.choice((1, 1, 2, 4)))
    return {name: random.choice(HEADERS[name]) for name in names}
