"""A run's pages of HubSpot's contacts.

A full run lists what is archived, then all contacts. A later one searches the contacts that changed, then the
companies and deals that did: a contact does not change with its company. Where it goes on is in the position:

{"steps": what is left to do, "state": where the first of them is, "types": our types of the properties,
 "vanished": properties that HubSpot has no more, "started": HubSpot's time at the run's beginning, in milliseconds}
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from integrations.connectors.base import Ask, BadRecord, Json, Page, Record
from integrations.connectors.failures import VendorAway
from integrations.connectors.hubspot_asking import LIMIT, Asker, association, definitions, next_of, objects_in
from integrations.connectors.hubspot_records import Made, Maker
from integrations.connectors.hubspot_searching import changed, id_of, total_of
from integrations.connectors.hubspot_values import from_ms, ms_of, property_of, split_name

OVERLAP: Final = 120_000  # ms that the next run reads again: what changes is found by search some time later
LONGEST_LIST: Final = 1200  # characters of property names in an address; more of them are read by batch
COMPANIES_AT_ONCE: Final = 20  # companies or deals whose contacts are read next: the position keeps their ids
PAUSE, SEARCH_PAUSE = 0.1, 0.25  # seconds: 100 requests in 10 s, and 4 searches in one


class Reader:
    def __init__(self, asker: Asker, ask: Ask, position: Json) -> None:
        self.asker, self.ask = asker, ask
        self.position = position or self.begin()
        self.maker = Maker(asker, ask, self.position["types"])
        self.left: int | None = None

    def begin(self) -> Json:
        types: dict[str, str] = {}
        for kind in ("contacts", "companies", "deals"):
            asked = [name for name in self.ask.properties if split_name(name)[0] == kind]
            if asked:
                described = (property_of(kind, one) for one in definitions(self.asker, kind))
                known = {one.name: one.type for one in described if one}
                types |= {name: known[name] for name in asked if name in known}
        since = (self.ask.since or {}).get("since")
        near = [kind for kind in ("companies", "deals") if any(split_name(name)[0] == kind for name in types)]
        is_full = not isinstance(since, int)
        return {
            "steps": ["archived", "contacts"] if is_full else ["changed", *near],
            "state": {} if is_full else {"from": since},
            "since": since,
            "types": types,
            "vanished": [name for name in self.ask.properties if name not in types],
            # HubSpot tells its time in whole seconds: what changed within this one is read, too.
            "started": ms_of(self.asker.api.clock or self.ask.now or datetime.now(UTC)) + 1000,
        }

    def page(self) -> Page:
        step, *further = self.position["steps"]
        records, state = getattr(self, f"step_{step}")(self.position["state"])
        position: Json | None = {**self.position, "state": state}
        if state is None:
            begin = {"search": {"from": self.position["since"]}} if further and further[0] != "contacts" else {}
            position = {**self.position, "steps": further, "state": begin} if further else None
        if position and self.position.get("total") and step == "contacts":
            position["total"] = self.left = max(0, self.position["total"] - sum(is_living(one) for one in records))
        elif position and step == "archived" and state is None:
            position["total"] = self.left = total_of(self.asker.searched("contacts", [], "hs_object_id", [], limit=1))
        return Page(
            records,
            position=position,
            cursor=None if position else {"since": self.position["started"] - OVERLAP},
            left=self.left if position else 0,
            pause=self.pause(step),
            vanished=self.position["vanished"],
        )

    def pause(self, step: str) -> float:
        if self.asker.link.base_url:  # a server of our own, without limits
            return 0
        searched = SEARCH_PAUSE if step not in ("archived", "contacts") else 0
        return searched + self.asker.asked * PAUSE

    def step_archived(self, state: Json) -> tuple[Made, Json | None]:
        answer = self.asker.listed(["email", "lastmodifieddate"], state.get("after"), archived=True)
        records = self.gone(id_of(row) for row in objects_in(answer, "results"))
        return records, following(answer, state)

    def step_contacts(self, state: Json) -> tuple[Made, Json | None]:
        answer = self.asker.listed(self.shortened(), state.get("after"))
        return self.maker.records(self.completed(objects_in(answer, "results"))), following(answer, state)

    def shortened(self) -> list[str]:
        """The properties, if an address holds them all."""
        names = self.maker.of_contacts
        return names if sum(len(name) + 12 for name in names) <= LONGEST_LIST else ["email"]

    def completed(self, rows: list[Json]) -> list[Json]:
        if self.shortened() == self.maker.of_contacts:
            return rows
        return self.asker.batch("contacts", map(id_of, rows), self.maker.of_contacts)[0]

    def step_changed(self, state: Json) -> tuple[Made, Json | None]:
        found = changed(self.asker, "contacts", state, self.position["started"], self.maker.of_contacts)
        self.left = found.left
        return self.maker.records(found.rows), found.state

    def step_companies(self, state: Json) -> tuple[Made, Json | None]:
        return self.contacts_of("companies", state)

    def step_deals(self, state: Json) -> tuple[Made, Json | None]:
        return self.contacts_of("deals", state)

    def contacts_of(self, kind: str, state: Json) -> tuple[Made, Json | None]:
        """Contacts next to the companies or deals that changed. state: {"search": where the search goes on, or None,
        "links": records whose contacts are asked for next, "contacts": those to be read next}."""
        search, links, contacts = state.get("search"), state.get("links") or [], state.get("contacts") or []
        if not links and not contacts and search is not None:
            found = changed(self.asker, kind, search, self.position["started"], [], COMPANIES_AT_ONCE)
            links, search = [{"id": id_of(row)} for row in found.rows if id_of(row)], found.state
        if links and not contacts:
            answers = [association(row) for row in self.asker.associated(kind, "contacts", links)]
            contacts = sorted({one for _, near, _ in answers for one, _ in near})
            links = [{"id": own, "after": after} for own, _, after in answers if after]
        rows = self.asker.batch("contacts", contacts[:LIMIT], self.maker.of_contacts)[0] if contacts else []
        contacts = contacts[LIMIT:]
        is_over = search is None and not links and not contacts
        return self.maker.records(rows), None if is_over else {"search": search, "links": links, "contacts": contacts}

    def gone(self, ids: object) -> Made:
        return [Record("contacts", one, self.now, gone=True) for one in ids if one]  # type: ignore[attr-defined]

    @property
    def now(self) -> datetime:
        return self.ask.now or from_ms(self.position["started"])

    def sample(self, count: int) -> Made:
        rows = objects_in(self.asker.listed(self.shortened(), None), "results")[:count]
        return self.maker.records(self.completed(rows))[:count]

    def fetch(self, ids: Sequence[str]) -> Made:
        """These contacts. HubSpot answers an id that was merged with the contact that it is part of now."""
        rows, errors = self.asker.batch("contacts", ids, self.maker.of_contacts)
        missing = set(ids) - {id_of(row) for row in rows}
        if any(error.get("category") != "OBJECT_NOT_FOUND" for error in errors):
            reason = "HubSpot could not read this record now."
            unread: Made = [BadRecord("contacts", one, reason) for one in sorted(missing)]
            return [*unread, *self.maker.records(rows)]
        return [*self.gone(sorted(missing)), *self.maker.records(rows)]


def is_living(record: Record | BadRecord) -> bool:
    return isinstance(record, BadRecord) or not record.gone


def following(answer: Json, state: Json) -> Json | None:
    after = next_of(answer)
    if after is not None and after == state.get("after"):
        raise VendorAway("HubSpot answers the same page again.")
    return {"after": after} if after else None
