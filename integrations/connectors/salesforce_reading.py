"""How a run reads Salesforce: contacts, then leads, then contacts whose account changed; few by query, many in bulk.

A place is {"parts": what is still to be read, the first is under way; "types": of the properties; "after": [time, id]
behind which a query goes on; "job", "locator", "waited": of a bulk query; "top": part -> its newest time; "read"}.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from integrations.connectors.base import Ask, BadRecord, Json, Page, Record
from integrations.connectors.failures import VendorAway, VendorFailure
from integrations.connectors.salesforce_client import NOT_READ, Org
from integrations.connectors.salesforce_values import NAME, flat, moment_of, value_of

ROWS: Final = 500  # of a page
MANY: Final = 2000  # records; more are read in bulk
DELAY: Final = timedelta(minutes=5)  # a change may be seen so long after its time: it is committed later
FIRST_LOOK, LAST_LOOK = 2.0, 30.0  # seconds between two looks at a bulk query
ID: Final = re.compile(r"[A-Za-z0-9]{15,18}", re.ASCII)
TABLES: Final = {"contacts": "Contact", "leads": "Lead", "accounts": "Contact"}


@dataclass(frozen=True, slots=True)
class Part:
    """ "contacts", "leads", or "accounts": contacts by when their account changed."""

    name: str
    names: Sequence[str]  # of the properties that are asked for
    types: Json

    @property
    def stamp(self) -> str:
        return "Account.SystemModstamp" if self.name == "accounts" else "SystemModstamp"

    @property
    def object(self) -> str:
        return "contacts" if self.name == "accounts" else self.name

    def columns(self) -> list[str]:
        """Fields for SOQL. Leads have no account."""
        found = ["Id", "IsDeleted", "SystemModstamp", "Email", "Name"]
        if self.object == "contacts" and any(name.startswith("account.") for name in self.names):
            found.append("Account.SystemModstamp")
        for name in self.names:
            if name in self.types.get(self.object, {}):
                found.append(column_of(name))
        return list(dict.fromkeys(found))

    def select(self, what: str, since: str | None, after: Sequence[str] | None = None) -> str:
        if after:
            where = f"({self.stamp} > {after[0]} OR ({self.stamp} = {after[0]} AND Id > '{after[1]}'))"
        else:
            where = f"{self.stamp} > {since}" if since else ""
        return f"SELECT {what} FROM {TABLES[self.name]}" + (f" WHERE {where}" if where else "")

    def record(self, row: Json, ask: Ask) -> Record | BadRecord:
        row = flat(row)
        name, label = str(row.get("Id") or ""), str(row.get("Email") or row.get("Name") or row.get("Id") or "")[:300]
        times = [moment_of(row.get(key)) for key in ("SystemModstamp", "Account.SystemModstamp")]
        at = max((one for one in times if one), default=None)
        if not ID.fullmatch(name) or at is None:
            return BadRecord(self.object, name[:200], "The record has no id, or does not say when it changed.", label)
        types = self.types[self.object]
        values = {one: value_of(row.get(column_of(one)), types[one]) for one in self.names if one in types}
        gone = str(row.get("IsDeleted")).lower() == "true"  # merged ones are deleted, too
        return Record(self.object, name, at, values, (), label, gone)


def bulk(client: Any) -> Any:
    """Its part that leaves the waiting to us: a run waits without holding a worker."""
    return client.bulk2.Contact._client


def column_of(name: str) -> str:
    return f"Account.{name.removeprefix('account.')}" if name.startswith("account.") else name


def safe(names: Sequence[str]) -> list[str]:
    return [name for name in names if NAME.fullmatch(name.removeprefix("account."))]


def soql(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Reader:
    def __init__(self, org: Org, ask: Ask, position: Json, types: Json | None) -> None:
        self.org, self.ask = org, ask
        self.since: Json = ask.since or {}
        self.place = position or {"parts": parts_of(ask), "types": types, "top": {}, "read": 0}
        self.names = safe(ask.properties)

    @property
    def part(self) -> Part:
        return Part(self.place["parts"][0], self.names, self.place["types"])

    def page(self) -> Page:
        if not self.place["parts"]:
            return Page([], cursor=self.cursor())
        if self.place.get("job"):
            return self.bulk_results()
        since = self.since.get(self.part.name)
        if "after" not in self.place and (since is None or self.count(since) > MANY):
            return self.bulk_begin(since)
        return self.query(since)

    def count(self, since: str) -> int:
        text = self.part.select("COUNT()", since)
        found = self.org.ask(lambda client: client.query(text, include_deleted=True)).get("totalSize")
        if not isinstance(found, int):
            raise VendorAway(NOT_READ)
        return found

    def query(self, since: str | None) -> Page:
        part = self.part
        text = part.select(", ".join(part.columns()), since, self.place.get("after"))
        text += f" ORDER BY {part.stamp}, Id LIMIT {ROWS}"
        found = self.org.ask(lambda client: client.query(text, include_deleted=True))
        rows = found.get("records")
        if not isinstance(rows, list):
            raise VendorAway(NOT_READ)
        records = [part.record(row, self.ask) for row in rows if isinstance(row, dict)]
        self.note(rows)
        more = len(rows) == ROWS or found.get("done") is False
        if not more or not rows:
            return self.on_with(records)
        last = flat(rows[-1])
        at, name = moment_of(last.get(part.stamp)), str(last.get("Id"))
        if at is None or not ID.fullmatch(name):
            raise VendorAway(NOT_READ)
        return Page(records, {**self.place, "after": [soql(at), name]})

    def bulk_begin(self, since: str | None) -> Page:
        """Ask for all of it at once. A run of changes has the deleted ones too; a full one knows by not meeting them."""
        from simple_salesforce.bulk2 import Operation

        operation = Operation.query if since is None else Operation.query_all
        text = self.part.select(", ".join(self.part.columns()), since)
        job = self.org.ask(lambda client: bulk(client).create_job(operation, query=text))
        return Page([], {**self.place, "job": str(job.get("id")), "locator": "", "waited": 0}, pause=FIRST_LOOK)

    def bulk_results(self) -> Page:
        place, part = self.place, self.part
        if not place.get("complete"):
            job = self.org.ask(lambda client: bulk(client).get_job(place["job"], is_query=True))
            state = job.get("state")
            if state in ("Failed", "Aborted"):
                raise VendorFailure("Salesforce gave up its bulk query. Start the run again.")
            if state != "JobComplete":
                pause = min(FIRST_LOOK * 2 ** place["waited"], LAST_LOOK)
                return Page([], {**place, "waited": min(place["waited"] + 1, 10)}, pause=pause)
            place = {**place, "complete": True, "total": job.get("numberRecordsProcessed"), "got": 0}
        found = self.org.ask(lambda client: bulk(client).get_query_results(place["job"], place["locator"], ROWS))
        rows = list(csv.DictReader(io.StringIO(found["records"], newline="")))
        records = [part.record(row, self.ask) for row in rows]
        self.place = place
        self.note(rows)
        if not found["locator"]:
            return self.on_with(records)
        got = place["got"] + len(rows)
        left = max(place["total"] - got, 0) if isinstance(place["total"], int) else None
        return Page(records, {**self.place, "locator": found["locator"], "got": got}, left=left)

    def note(self, rows: Sequence[Json]) -> None:
        """The newest time that was seen, of each part."""
        name = self.part.name
        times = [moment_of(flat(row).get(self.part.stamp)) for row in rows if isinstance(row, dict)]
        newest = max((soql(one) for one in times if one), default="")
        self.place = {**self.place, "top": {**self.place["top"], name: max(newest, self.place["top"].get(name, ""))}}

    def on_with(self, records: Sequence[Record | BadRecord]) -> Page:
        kept = {name: self.place[name] for name in ("types", "top", "read")}
        self.place = {**kept, "parts": self.place["parts"][1:]}
        if not self.place["parts"]:
            return Page(records, cursor=self.cursor())
        return Page(records, self.place)

    def cursor(self) -> Json:
        """Where each part goes on. What may still be committed with an earlier time is met again."""
        latest = soql((self.ask.now or timezone.now()) - DELAY)
        found = dict(self.since)
        for name in (*self.ask.objects, *(("accounts",) if reads_accounts(self.ask) else ())):
            if name in TABLES:
                top = self.place["top"].get(name) or (latest if name == "accounts" else "")
                until = min(top, latest) if top else self.since.get(name)
                found[name] = max(until, self.since.get(name) or "") if until else latest
        return found


def reads_accounts(ask: Ask) -> bool:
    return "contacts" in ask.objects and any(name.startswith("account.") for name in ask.properties)


def parts_of(ask: Ask) -> list[str]:
    """Contacts bring their account along; changes of accounts alone are asked for once there was a run."""
    found = [name for name in ("contacts", "leads") if name in ask.objects]
    return [*found, "accounts"] if reads_accounts(ask) and ask.since and ask.since.get("accounts") else found
