"""What all API views share: JSON alone, our errors, no framework authentication or throttling."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView

from users.api.errors import ApiError, as_api_error, error_response

METHODS = ("get", "post", "put", "patch", "delete")


class ApiView(APIView):
    """Views read their bodies with users.api.bodies and find their caller with users.api.callers."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    renderer_classes = (JSONRenderer,)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """Straight to the method: the framework's own request, negotiation and policies are not used by any view
        here, and cost a fifth of an identify that changes nothing."""
        method = (request.method or "").lower()
        try:
            if method not in METHODS or not hasattr(self, method):
                raise self.not_possible(method)
            response: HttpResponseBase = getattr(self, method)(request, *args, **kwargs)
            return response
        except Exception as error:
            return error_response(as_api_error(error, request))

    def not_possible(self, method: str) -> ApiError:
        there = [name.upper() for name in METHODS if hasattr(self, name)]
        message = (
            f"{method.upper()} is not possible here; {' and '.join(there)} are."
            if len(there) > 1
            else (f"{method.upper()} is not possible here; {there[0]} is.")
        )
        return ApiError(405, "method_not_allowed", message, headers={"Allow": ", ".join([*there, "OPTIONS"])})

    @property
    def now(self) -> datetime:
        return timezone.now()
