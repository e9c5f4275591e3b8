"""A user as the API shows one: native members, and every attribute with its source, time and writer."""

import base64
import binascii
from typing import Any

from users.api.errors import ApiError
from users.models import EndUser, Project
from users.registry.attributes import NATIVES, Registry
from users.types.fitting import shown
from users.types.timestamps import from_ms, iso
from users.writing.resolve import find_user

ID_MEMBERS = ("jimer_id", "user_id")
TIMES = ("first_seen", "last_activity", "created")


def id_from_path(text: str) -> str:
    """The id in an address: as it is, or `~` and its base64url."""
    if not text.startswith("~"):
        return text
    try:
        return base64.b64decode(text[1:] + "=" * (-len(text[1:]) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise unknown_user(text) from None


def user_at(project: Project, text: str) -> EndUser:
    user_id = id_from_path(text)
    user = find_user(project, user_id) if "\x00" not in user_id else None
    if user is None:
        raise unknown_user(user_id)
    return user


def unknown_user(text: str) -> ApiError:
    message = f"There is no user with the id {shown(text)} in this project."
    return ApiError(404, "unknown_user", message, [{"path": "ident", "message": message}])


def tag_names(user: EndUser) -> list[str]:
    tags = sorted(user.user_tags.all(), key=lambda item: (item.added, item.pk))
    return [item.tag.name for item in tags]


def native_value(user: EndUser, key: str) -> Any:
    if key == "tags":
        return tag_names(user)
    value = getattr(user, key)
    return iso(value) if key in TIMES else value


def user_json(user: EndUser, registry: Registry, *, values: bool = True) -> dict[str, Any]:
    """Sensitive values are dots, as in exports. Without `values`, for keys that may not read them: the ids alone."""
    keys = [native.key for native in NATIVES] if values else ID_MEMBERS
    natives = {key: shown_native(user, key, registry) for key in keys}
    return {**natives, "attributes": attribute_rows(user, registry, natives)} if values else natives


def shown_native(user: EndUser, key: str, registry: Registry) -> Any:
    definition = registry.by_ref(key)
    value = native_value(user, key)
    return definition.shown(value) if definition else value


def attribute_rows(user: EndUser, registry: Registry, natives: dict[str, Any]) -> list[dict[str, Any]]:
    entries = user.entries()
    rows = []
    for definition in registry.all():
        native = definition.source == "native"
        held = None if native else definition.held(user.attributes.get(definition.ref))
        value = natives.get(definition.key) if native else definition.shown(held)
        if value is None:
            continue
        entry = entries.get(definition.ref)
        rows.append({
            "source": definition.source, "key": definition.key, "type": definition.type, "value": value,
            "sensitive": definition.sensitive,
            "updated_at": iso(from_ms(entry["t"])) if entry else None,
            "origin": {"kind": entry["k"], "label": entry.get("l", "")} if entry else {"kind": "system", "label": ""},
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["source"] != "native", row["source"] != "custom", row["source"]))
