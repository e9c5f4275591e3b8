"""Pages of lists in the API: where one begins, and the address of the next."""

import base64
import json
from typing import Final

from django.http import HttpRequest

from users.api.kinds import TEXT, Kind
from users.database.value_json import read_json
from users.finding.listing import decode_cursor, order_of

FOREIGN: Final = "This cursor is not one of ours. Use the `next` of an answer as it is."


def key_after(text: str) -> int | None:
    """The key after which a page starts, from an opaque cursor. Raises ValueError."""
    if not text:
        return None
    value = read_json(base64.urlsafe_b64decode(text.encode()).decode())
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ValueError(text)
    return value


def place_by_creation(text: str) -> str:
    """The cursor of users in order of their creation: the order by key alone has no index within a project."""
    if text and decode_cursor(text, order_of("created")) is None:
        raise ValueError(text)
    return text


CURSOR: Final = Kind("a cursor", object, TEXT.schema, of_text=key_after)
USER_CURSOR: Final = Kind("a cursor", object, TEXT.schema, of_text=place_by_creation)


def next_url(request: HttpRequest, last: int | str | None) -> str | None:
    """Where a list goes on: after a key, or at a cursor of users/finding/listing.py."""
    if last is None:
        return None
    parameters = request.GET.copy()
    coded = base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if isinstance(last, int) else last
    parameters["cursor"] = coded
    return request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")
