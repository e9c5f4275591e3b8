"""Who calls: anyone with a project id (public), or a server with a secret key; and what a key may do."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from users.accounts.keys import KnownKey, find_key
from users.api import rate_limit
from users.api.errors import ApiError, invalid
from users.models import OriginKind, Project
from users.writing.calls import Origin


@dataclass(frozen=True, slots=True)
class Caller:
    project: Project
    key: KnownKey | None
    origin: Origin

    @property
    def is_public(self) -> bool:
        return self.key is None


def secret_caller(request: HttpRequest, scope: str, now: datetime) -> Caller:
    """The caller of a secret call. 401 without a good key, 403 when it lacks the scope, 429 above its rate."""
    key = presented_key(request, now)
    if key is None:
        raise unauthorized("This call needs a secret key. Send the header Authorization: Bearer <key>.")
    return with_key(key, scope)


def caller_by_key(request: HttpRequest, scope: str, now: datetime) -> Caller | None:
    """The caller of a call that may be public or secret, None if it is public. A wrong key is 401, never taken so.

    With a key, whether the project_id is its own is for the call to check: by then it is known whose log explains it.
    """
    key = presented_key(request, now)
    return with_key(key, scope) if key is not None else None


def public_caller(request: HttpRequest, body: dict[str, Any]) -> Caller:
    rate_limit.take_public_address(request)
    project = public_project(body)
    rate_limit.take_public_project(project)
    check_origin(request, project)
    return Caller(project, None, Origin(OriginKind.SNIPPET, None, "Snippet", public=True))


def presented_key(request: HttpRequest, now: datetime) -> KnownKey | None:
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        return None
    # An empty one too: the server hands on what it cannot read as nothing.
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip() or not secret.isascii():
        raise unauthorized("The Authorization header is not understood. Send Authorization: Bearer <key>.")
    key = find_key(secret.strip(), now)
    if key is None:
        raise unauthorized("This key is unknown or was revoked. Create one under Settings > API keys.")
    return key


def with_key(key: KnownKey, scope: str) -> Caller:
    rate_limit.take_key(key.id)
    caller = Caller(key.project, key, Origin(OriginKind.KEY, key.id, key.name))
    check_scope(caller, scope)
    return caller


def check_scope(caller: Caller, scope: str) -> None:
    """For calls that need more than one scope. Raises 403 naming the one that the key lacks."""
    if caller.key is not None and scope not in caller.key.scopes:
        message = f"The key {caller.key.name!r} lacks the scope {scope!r}. An admin can create a key that has it."
        raise ApiError(403, "missing_scope", message, [{"path": "scope", "message": scope}])


def may(caller: Caller, scope: str) -> bool:
    """Whether the call came with a key that has this scope too."""
    return caller.key is not None and scope in caller.key.scopes


def unauthorized(message: str) -> ApiError:
    return ApiError(401, "unauthorized", message, headers={"WWW-Authenticate": "Bearer"})


def check_project_id(project: Project, body: dict[str, Any], path: str = "") -> None:
    sent = body.get("project_id")
    if sent is not None and sent != str(project.public_id) and uuid_of(sent) != project.public_id:
        message = "project_id is not the project of this key. Leave it out, or send its own."
        raise invalid(f"{path}project_id", message)


def uuid_of(sent: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(sent) if isinstance(sent, str) else None
    except ValueError:
        return None


def public_project(body: dict[str, Any]) -> Project:
    sent = body.get("project_id")
    if sent is None:
        raise invalid("project_id", "project_id is missing. Send the id from Settings > Install, or a secret key.")
    public_id = uuid_of(sent)
    project = public_id and Project.objects.filter(public_id=public_id, deleting_since__isnull=True).first()
    if not project:
        raise invalid("project_id", "There is no project with this project_id. Copy it from Settings > Install.")
    return project


def check_origin(request: HttpRequest, project: Project) -> None:
    origin = request.META.get("HTTP_ORIGIN")
    if project.allowed_origins and origin and origin.lower() not in project.allowed_origins:
        message = f"Calls from {origin[:100]} are not allowed. An admin can add it under Settings > Project."
        raise ApiError(403, "origin_not_allowed", message, [{"path": "Origin", "message": message}])
