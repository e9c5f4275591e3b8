"""Bodies in: bounded before they are read, strict JSON, shallow, an object."""

import json
import math
from typing import Any, Final, NoReturn

from django.http import HttpRequest

from users.api.errors import ApiError
from users.database.fast_json import fast_loads
from users.ground.parameters import whole_number

CALL_LIMIT: Final = 32 * 1024
BATCH_LIMIT: Final = 500 * 1024
DEEPEST: Final = 32


def malformed(message: str) -> ApiError:
    return ApiError(400, "malformed", message)


def read_body(request: HttpRequest, limit: int) -> bytes:
    """The raw body. Too large is 413 before more than `limit` bytes are read."""
    length = whole_number(request.META.get("CONTENT_LENGTH") or "0") or 0
    too_large = ApiError(413, "too_large", f"The body is larger than {limit // 1024} KB. Send less in one call.")
    if length > limit:
        raise too_large
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() not in ("", "identity"):
        raise ApiError(415, "encoding", "Compressed bodies are not read here. Send plain JSON.")
    try:
        raw = read_to_end(request, limit + 1) if is_chunked(request) else request.read(limit + 1)
    except OSError:
        raise malformed("The body ended before it was complete. Send it again.") from None
    if len(raw) > limit:
        raise too_large
    return raw


def is_chunked(request: HttpRequest) -> bool:
    """Whether the body brings no length but its own end, which Django reads as no body at all."""
    return not request.META.get("CONTENT_LENGTH") and bool(request.META.get("wsgi.input_terminated"))


def read_to_end(request: HttpRequest, most: int) -> bytes:
    stream, parts = request.META["wsgi.input"], []
    while most > 0 and (part := stream.read(most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def read_object(request: HttpRequest, limit: int = CALL_LIMIT) -> dict[str, Any]:
    """The body as a JSON object. Everything else is 400 with what was wrong and what would be right."""
    raw = read_body(request, limit)
    if not raw.strip():
        raise malformed('The body is empty. Send a JSON object, such as {"user_id": "u1"}.')
    body = parse_json(raw)
    if not isinstance(body, dict):
        raise malformed(f'The body is {kind_in_words(body)}. Send a JSON object, such as {{"user_id": "u1"}}.')
    return body


def parse_json(sent: bytes | str) -> Any:
    """JSON of a body, or of a parameter. Raises ApiError."""
    deep = malformed(f"The JSON nests more than {DEEPEST} deep. Send flat keys and values.")
    try:
        body = fast_loads(sent, lambda: parse_slowly(sent))
    except UnicodeDecodeError as error:
        raise malformed(f"The body is not UTF-8: byte {error.start} is wrong. Send JSON in UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise malformed(f"The body is not JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise deep from None
    if brackets(sent) > DEEPEST and depth(body) > DEEPEST:
        raise deep
    return body


def parse_slowly(sent: bytes | str) -> Any:
    """With the words for what is wrong."""
    return DECODER.decode(sent if isinstance(sent, str) else sent.decode("utf-8"))


def brackets(sent: bytes | str) -> int:
    return sent.count("[") + sent.count("{") if isinstance(sent, str) else sent.count(b"[") + sent.count(b"{")


def refuse_constant(name: str) -> NoReturn:
    raise malformed(f"{name} is not JSON. Send a finite number, or null.")


def finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise malformed(f"The number {digits[:20]} is beyond what a double holds. Send a smaller one, or text.")
    return number


def bounded(digits: str) -> int:
    if len(digits) > 309:
        raise malformed(f"The number {digits[:20]}… is beyond what a double holds. Send a smaller one, or text.")
    return int(digits)


DECODER: Final = json.JSONDecoder(parse_constant=refuse_constant, parse_float=finite, parse_int=bounded)


def depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            part
            for item in level
            for part in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]
    return deepest


def kind_in_words(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    kinds = {list: "a list", str: "a text", int: "a number", float: "a number", dict: "an object"}
    return kinds.get(type(value), "something else")
