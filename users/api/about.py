"""What the OpenAPI document says of itself. Settings read it, so it imports nothing of ours."""

from typing import Any

SETTINGS: dict[str, Any] = {
    "TITLE": "Users and attributes API",
    "DESCRIPTION": (
        "Public calls name a project and may come from any browser; secret calls carry `Authorization: Bearer <key>`. "
        'Every error has one shape: `{"error": {"code", "message", "details"}}`.'
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "secretKey": {"type": "http", "scheme": "bearer", "description": "From Settings > API keys."}
        }
    },
}
