"""JSON out, in ASCII: whatever a caller sent back to them as escapes, which every client reads."""

import json
from typing import Any, Final

from django.http import HttpResponse

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))


def json_response(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(_ENCODER.encode(body), status=status, content_type="application/json")
