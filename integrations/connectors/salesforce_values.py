"""Salesforce's fields as our properties, and their values as attributes take them, from JSON and from CSV alike."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from integrations.connectors.base import Json, Property
from users.types.timestamps import iso

TYPES: Final = {
    "boolean": "boolean", "int": "number", "long": "number", "double": "number", "currency": "number",
    "percent": "number", "date": "date", "datetime": "date", "multipicklist": "list",
}  # fmt: skip
LEFT_OUT: Final = {
    "address",
    "location",
    "base64",
    "anyType",
    "complexvalue",
    "json",
}  # in parts of their own, or files
NAME: Final = re.compile(r"[A-Za-z]\w{0,79}", re.ASCII)
PRESELECTED: Final = {
    "contacts": {"Title", "Department", "LeadSource", "MailingCountry", "OwnerId"},
    "leads": {"Status", "Company", "Industry", "Rating", "IsConverted"},
    "accounts": {"Name", "Industry", "Type", "AnnualRevenue", "NumberOfEmployees"},
}
PLUMBING: Final = {"Id", "IsDeleted", "SystemModstamp", "MasterRecordId", "attributes"}
OFFSET: Final = re.compile(r"([+-]\d\d)(\d\d)$")


def fields_of(described: Json) -> dict[str, Json]:
    """The fields that can be read, by name."""
    found = described.get("fields")
    rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return {
        str(one["name"]): one for one in rows
        if NAME.fullmatch(str(one.get("name", ""))) and one.get("type") not in LEFT_OUT
        and not one.get("deprecatedAndHidden") and one["name"] not in PLUMBING
    }  # fmt: skip


def property_of(one: Json, kind: str) -> Property:
    """`kind` is the slug of its object. Those of accounts have names of their own; contacts and leads share theirs."""
    name = str(one["name"])
    listed = one.get("picklistValues") if isinstance(one.get("picklistValues"), list) else []
    options = {
        str(item["value"]): str(item.get("label") or item["value"])
        for item in listed or [] if isinstance(item, dict) and item.get("value")
    }  # fmt: skip
    return Property(
        f"account.{name}" if kind == "accounts" else name, str(one.get("label") or name)[:200],
        TYPES.get(str(one.get("type")), "string"), kind, description=str(one.get("inlineHelpText") or "")[:500],
        group="Custom" if one.get("custom") else "Standard", options=options,
        preselected=name in PRESELECTED[kind] or bool(one.get("custom")),
        identifies="email" if name == "Email" and kind != "accounts" else "",
    )  # fmt: skip


def value_of(value: Any, type_name: str) -> Any:
    """A value of JSON or a cell of CSV, which has texts only."""
    if value is None or value == "":
        return None
    match type_name:
        case "list":
            return [item for item in str(value).split(";") if item]
        case "boolean":
            return value if isinstance(value, bool) else str(value).lower() == "true"
        case "number":
            return number_of(value)
        case "date":
            return date_of(str(value))
    return value if isinstance(value, str) else str(value)


def number_of(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value  # the write path says why it is none
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def date_of(text: str) -> str:
    """2026-06-01, or the moment in UTC. Salesforce writes offsets as +0000."""
    if "T" not in text:
        return text
    moment = moment_of(text)
    return iso(moment) or text if moment else text


def moment_of(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(OFFSET.sub(r"\1:\2", str(text)))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with "Account.Industry" for what JSON nests; CSV has it so."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": one for inner, one in value.items() if inner != "attributes"}
        else:
            found[name] = value
    return found
