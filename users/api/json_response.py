"""JSON out, in ASCII: whatever a caller sent back to them as escapes, which every client reads."""

from typing import Any

from django.http import HttpResponse

from users.database.fast_json import ascii_json


def json_response(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(ascii_json(body), status=status, content_type="application/json")
