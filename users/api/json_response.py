"""JSON out, in ASCII: whatever a caller sent back to them as escapes, which every client reads."""

import json
from typing import Any

from django.http import HttpResponse


def json_response(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(json.dumps(body, separators=(",", ":")), status=status, content_type="application/json")
