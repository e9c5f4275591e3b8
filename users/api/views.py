"""What all API views share: JSON alone, our errors, no framework authentication or throttling."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView


class ApiView(APIView):
    """Views read their bodies with users.api.bodies and find their caller with users.api.callers."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    renderer_classes = (JSONRenderer,)

    def perform_content_negotiation(self, request: Any, force: bool = False) -> tuple[Any, str]:
        # Everything is JSON, whatever the Accept header says.
        return JSONRenderer(), "application/json"

    @property
    def now(self) -> datetime:
        return timezone.now()
