"""Changing a value by hand: through the write path, with the member as origin and a check against newer values."""

from datetime import datetime
from typing import Any

from users.models import NATIVE, Account, AttributeChange, EndUser, OriginKind, Project
from users.registry.attributes import Definition
from users.registry.item_types import item_types, typed_item
from users.types.table import TYPES
from users.writing.calls import Answer, Call, Origin, Refused
from users.writing.identify import identify
from users.writing.take_back import back_of

ANYTHING: Any = object()  # no expectation: whatever is stored is replaced


def member_origin(account: Account) -> Origin:
    return Origin(OriginKind.MEMBER, account.pk, account.display_name)


def edit_value(
    project: Project, user: EndUser, definition: Definition, value: Any, origin: Origin, now: datetime,
    *, expected: Any = ANYTHING,
) -> Answer:  # fmt: skip
    """Store a value, or None to remove it. Raises Refused when it does not fit, Changed when a newer one is there."""
    expectation = None if expected is ANYTHING else {definition.ref: expected}
    fields: dict[str, Any] = {"target": user.pk, "kind": "dashboard", "expected": expectation, "strict": True}
    if definition.source == NATIVE:
        fields[definition.key] = value
    else:
        fields |= {"source": definition.source, "attributes": {definition.key: value}}
    return identify(project, Call(**fields), origin, now)


def parse_typed(project: Project, definition: Definition, text: str, stored: Any = None) -> Any:
    """The text of a form field as a value of the attribute's type. Raises Misfit.

    Lines become items of the types that the attribute's items have; those of the stored list stay as they are.
    """
    kind, plain = TYPES[definition.type], with_breaks_of(stored, text)
    value = kind.parse(plain)
    if kind.has_items and not plain.strip().startswith("["):
        types = item_types(project, definition)
        value = [line if line in (stored or ()) else typed_item(line, types) for line in value]
    return kind.coerce(value)


def with_breaks_of(stored: Any, text: str) -> str:
    """The text with the line breaks of the stored value: browsers send each one as CR LF."""
    plain = text.replace("\r\n", "\n")
    if not isinstance(stored, str):
        return plain
    if stored.replace("\r\n", "\n").replace("\r", "\n") == plain.replace("\r", "\n"):
        return stored
    return text if "\r\n" in stored else plain


def input_text(definition: Definition, value: Any) -> str:
    """What the form field shows for a stored value."""
    if value is None:
        return ""
    if isinstance(value, list):
        simple = all(isinstance(item, str) and item.strip() == item and item.splitlines() == [item] for item in value)
        if simple and not (value and value[0].startswith("[")):
            return "\n".join(value)
    return TYPES[definition.type].raw(value)


def undo_edit(
    project: Project, user: EndUser, definition: Definition, change: AttributeChange, origin: Origin, now: datetime
) -> Answer:
    """Undo what one hand edit did to one attribute: value, time and writer are again what they were before it.

    Raises Changed when something newer is there. What was written before edits kept the former writer, or for a
    profile that was merged since, comes back as a new edit.
    """
    what = change.changes.get(definition.ref)
    if what is None or change.user_id != user.pk:
        raise Refused("This change does not concern this attribute.", code="no_change")
    if back := back_of(change, definition.ref):
        return identify(project, Call(target=user.pk, kind="dashboard", takes_back=back), origin, now)
    return edit_value(project, user, definition, what.get("p"), origin, now, expected=what.get("n"))
