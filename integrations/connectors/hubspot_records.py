"""Contacts of an answer as records, with the properties of their neighbours: primary company and newest deal."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from integrations.connectors.base import Ask, BadRecord, Json, Record
from integrations.connectors.hubspot_asking import PRIMARY, Asker, association
from integrations.connectors.hubspot_searching import id_of
from integrations.connectors.hubspot_values import changed_at, clean, split_name, text_in, time_of, value_of

ALWAYS: Final = ("email", "firstname", "lastname", "lastmodifieddate", "hs_merged_object_ids")
FURTHER_EMAILS: Final = "hs_additional_emails"
MOST_DEAL_PAGES: Final = 5  # of a page of contacts: 500 deals each
NEIGHBOURS: Final = ("companies", "deals")

type Made = list[Record | BadRecord]


class Maker:
    """Makes the records of one run. `types` are ours of the properties that HubSpot still has."""

    def __init__(self, asker: Asker, ask: Ask, types: Mapping[str, str]) -> None:
        self.asker, self.ask, self.types = asker, ask, types
        self.wanted: dict[str, list[str]] = {"contacts": [], "companies": [], "deals": []}
        for name in types:
            kind, own = split_name(name)
            self.wanted[kind].append(own)
        further = (FURTHER_EMAILS,) if ask.match == "email" else ()
        self.of_contacts = sorted({*self.wanted["contacts"], *ALWAYS, *further})

    def neighbours(self) -> list[str]:
        return [kind for kind in NEIGHBOURS if self.wanted[kind]]

    def records(self, rows: Sequence[Json]) -> Made:
        """Gone ones first: a user's values must not go after they came with another record."""
        near = {kind: self.near(kind, [id_of(row) for row in rows if id_of(row)]) for kind in self.neighbours()}
        gone: Made = []
        made: Made = []
        for row in rows:
            try:
                gone += self.merged_into(row)
                made.append(self.record(row, {kind: found.get(id_of(row)) for kind, found in near.items()}))
            except ValueError as error:
                reason = f"HubSpot's answer cannot be read: {error}."
                made.append(BadRecord("contacts", id_of(row), reason, label_of(properties_of(row), id_of(row))))
        return [*gone, *made]

    def record(self, row: Json, near: Mapping[str, Json | None]) -> Record:
        own, when = id_of(row), changed_at(row)
        if not own or when is None:
            raise ValueError("the record has no id" if not own else "the record does not say when it changed")
        properties = properties_of(row)
        times = [when, *(at for other in near.values() if other and (at := changed_at(other)))]
        values: dict[str, Any] = {}
        for name, our_type in self.types.items():
            kind, inner = split_name(name)
            holder = properties if kind == "contacts" else properties_of(near.get(kind) or {})
            try:
                values[name] = value_of(holder.get(inner), our_type)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return Record(
            "contacts", own, max(times), values, keys=self.keys(properties), label=label_of(properties, own),
            gone=row.get("archived") is True,
        )  # fmt: skip

    def keys(self, properties: Json) -> list[str]:
        if self.ask.match != "email":
            return []
        return [
            part for part in (piece.strip() for piece in text_in(properties, FURTHER_EMAILS, 5000).split(";")) if part
        ]

    def merged_into(self, row: Json) -> Made:
        """Contacts that were merged into this one: HubSpot keeps their ids."""
        said, when = text_in(properties_of(row), "hs_merged_object_ids", 50_000), changed_at(row)
        ids = {part.strip() for part in said.split(";")} - {"", id_of(row)}
        return [Record("contacts", one, when, gone=True) for one in sorted(ids)] if when else []

    def near(self, kind: str, ids: Sequence[str]) -> dict[str, Json]:
        """contact -> its primary company, or its newest deal."""
        if not ids:
            return {}
        links = self.links(kind, ids)
        dated = [*self.wanted[kind], "hs_lastmodifieddate", *(["createdate"] if kind == "deals" else [])]
        rows, _ = self.asker.batch(kind, (one for found in links.values() for one in found), sorted(set(dated)))
        by_id = {id_of(row): row for row in rows}
        there = {contact: [by_id[one] for one in found if one in by_id] for contact, found in links.items()}
        return {contact: max(found, key=born) for contact, found in there.items() if found}

    def links(self, kind: str, ids: Sequence[str]) -> dict[str, list[str]]:
        links: dict[str, list[str]] = {}
        inputs: list[Json] = [{"id": one} for one in ids]
        for _ in range(MOST_DEAL_PAGES):
            following: list[Json] = []
            for row in self.asker.associated("contacts", kind, inputs):
                contact, found, after = association(row)
                links.setdefault(contact, []).extend(
                    one for one, types in found if kind != "companies" or PRIMARY in types
                )
                following += [{"id": contact, "after": after}] if after else []
            if not following:
                break
            inputs = following
        return links


def properties_of(row: Json) -> Json:
    found = row.get("properties")
    return found if isinstance(found, dict) else {}


def label_of(properties: Json, own: str) -> str:
    name = f"{text_in(properties, 'firstname')} {text_in(properties, 'lastname')}".strip()
    return text_in(properties, "email") or name or f"Contact {clean(own)}"


def born(row: Json) -> tuple[float, int]:
    at = time_of(properties_of(row).get("createdate")) or time_of(row.get("createdAt"))
    return (at.timestamp() if at else 0.0, int(id_of(row)) if id_of(row).isdecimal() else 0)
