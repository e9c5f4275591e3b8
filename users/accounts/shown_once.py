"""What a page shows once, after the redirect that follows a POST: a reload neither repeats the write nor shows it again.

It waits in the session, encrypted, as sessions lie in the database and secrets must not.
"""

import json
from typing import Any

from users.accounts.access import ProjectRequest
from users.ground.secrets import decrypt, encrypt


def name_of(request: ProjectRequest, page: str) -> str:
    return f"once:{request.project.pk}:{page}"


def show_once(request: ProjectRequest, page: str, **what: Any) -> None:
    request.session[name_of(request, page)] = encrypt(json.dumps(what))


def taken(request: ProjectRequest, page: str) -> dict[str, Any]:
    """What is to be shown now, and never again; mostly nothing."""
    kept = request.session.pop(name_of(request, page), None)
    found: dict[str, Any] = json.loads(decrypt(kept)) if kept else {}
    return found
