"""HubSpot's properties and their values, as ours."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from integrations.connectors.base import Json, Property

PREFIXES: Final = {"contacts": "", "companies": "company.", "deals": "deal."}
KINDS: Final = {"": "contacts", "company": "companies", "deal": "deals"}
SHOWN_FIRST: Final = {
    "email", "firstname", "lastname", "lifecyclestage", "hs_lead_status", "jobtitle", "country", "company.name",
    "company.industry", "company.numberofemployees", "company.annualrevenue", "deal.dealstage", "deal.amount",
}  # fmt: skip
USER_ID_NAMES: Final = re.compile(r"(?:^|_)(?:external|app|product|our|customer)?_?user_?id$")
TYPES: Final = {"bool": "boolean", "number": "number", "date": "date", "datetime": "date"}
CHECKBOXES: Final = "checkbox"  # a fieldType: several of the options may be chosen
CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def clean(text: str) -> str:
    """Text of strangers without control characters and halves of surrogate pairs, which no database takes."""
    return CONTROLS.sub("", text)


def text_in(found: Mapping[str, Any], name: str, most: int = 500) -> str:
    value = found.get(name)
    return clean(value)[:most].strip() if isinstance(value, str) else ""


def split_name(name: str) -> tuple[str, str]:
    """The kind of record and HubSpot's own name of a property: ("companies", "industry") of "company.industry"."""
    prefix, dot, rest = name.partition(".")
    return (KINDS[prefix], rest) if dot and prefix in ("company", "deal") else ("contacts", name)


def type_of(found: Mapping[str, Any]) -> str:
    kind, field = text_in(found, "type"), text_in(found, "fieldType")
    if kind == "enumeration":
        # HubSpot's own yes-or-no properties are enumerations of true and false, too.
        return "list" if field == CHECKBOXES else "boolean" if field == "booleancheckbox" else "string"
    return TYPES.get(kind, "string")


def options_of(found: Mapping[str, Any]) -> dict[str, str]:
    options = found.get("options")
    rows = [row for row in options if isinstance(row, dict)] if isinstance(options, list) else []
    named = {text_in(row, "value"): text_in(row, "label") or text_in(row, "value") for row in rows}
    return {value: label for value, label in named.items() if value}


def property_of(kind: str, found: Any) -> Property | None:
    """One property as HubSpot describes it; None for what it hides or what has no usable name."""
    if not isinstance(found, dict) or found.get("hidden") is True or found.get("archived") is True:
        return None
    own = text_in(found, "name", 200)
    name = PREFIXES[kind] + own
    if not own or len(name) > 200:
        return None
    our_type = type_of(found)
    return Property(
        name=name,
        label=text_in(found, "label", 200) or own,
        type=our_type,
        object=kind,
        description=text_in(found, "description", 1000),
        group=text_in(found, "groupName", 200),
        options=options_of(found) if our_type in ("string", "list") else {},
        preselected=name in SHOWN_FIRST,
        identifies=identifies(name) if kind == "contacts" else "",
    )


def identifies(name: str) -> str:
    return "email" if name == "email" else "user_id" if USER_ID_NAMES.search(name.lower()) else ""


def value_of(raw: Any, our_type: str) -> Any:
    """A value as HubSpot answers it (a text, or null) in its type. What does not fit stays a text: the write path
    refuses it with the reason. Raises ValueError for what is no value at all."""
    if isinstance(raw, dict | list):
        raise ValueError("a property is a text in HubSpot's answers, and this one is not")
    if raw is None or raw == "":
        return None
    text = clean(raw) if isinstance(raw, str) else raw
    if our_type == "list":
        return [part for part in (piece.strip() for piece in str(text).split(";")) if part]
    if not isinstance(text, str):
        return text
    return CASTS[our_type](text) if our_type in CASTS else text


def as_number(text: str) -> Any:
    if re.fullmatch(r"-?\d{1,30}", text, re.ASCII):
        return int(text)
    if re.fullmatch(r"-?\d{0,30}\.\d{1,30}(?:[eE][+-]?\d{1,2})?|-?\d{1,30}[eE][+-]?\d{1,2}", text, re.ASCII):
        return float(text)
    return text


def as_boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text.lower(), text)


def as_date(text: str) -> str:
    """HubSpot writes ISO 8601, and milliseconds since 1970 where a property is old."""
    if re.fullmatch(r"-?\d{9,14}", text, re.ASCII):
        at = EPOCH + timedelta(milliseconds=int(text))
        return at.date().isoformat() if at.time() == datetime.min.time() else at.isoformat().replace("+00:00", "Z")
    return text


CASTS: Final = {"number": as_number, "boolean": as_boolean, "date": as_date}


def time_of(text: Any) -> datetime | None:
    """An instant of an answer, ISO 8601 with its zone."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo and 1970 <= at.year <= 9000 else None


def ms_of(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def changed_at(found: Json) -> datetime | None:
    """When HubSpot changed a record last."""
    properties = found.get("properties")
    named = properties if isinstance(properties, dict) else {}
    times = [time_of(named.get(name)) for name in ("lastmodifieddate", "hs_lastmodifieddate")]
    return next((at for at in times if at), None) or time_of(found.get("updatedAt"))
