"""Records that changed since a moment, by HubSpot's search: without loss and without endless repeat.

A search finds 10,000 records at most, in the order of one property. So no page is asked for by its offset, where
a record that changes meanwhile would push another one past us. Each page begins at the time that the one before ended
with, and a whole page of one and the same millisecond goes on by the records' ids.
"""

from dataclasses import dataclass
from typing import Final

from integrations.connectors.base import Json
from integrations.connectors.failures import VendorAway
from integrations.connectors.hubspot_asking import LIMIT, Asker, objects_in
from integrations.connectors.hubspot_values import changed_at, ms_of

DATES: Final = {"contacts": "lastmodifieddate", "companies": "hs_lastmodifieddate", "deals": "hs_lastmodifieddate"}
NOT_IN_ORDER: Final = "HubSpot's search does not answer in the order that was asked for."


@dataclass(frozen=True, slots=True)
class Found:
    """Records, where to go on (None: that was all), and how many are still to come."""

    rows: list[Json]
    state: Json | None
    left: int | None


def changed(asker: Asker, kind: str, state: Json, until: int, properties: list[str], limit: int = LIMIT) -> Found:
    """The next records of `kind` that changed from state["from"] to `until`, in milliseconds."""
    asked = sorted({*properties, DATES[kind]})
    if "tie" in state:
        return of_one_moment(asker, kind, state, asked, limit)
    answer = asker.searched(kind, [at(kind, "GTE", state["from"]), at(kind, "LTE", until)], DATES[kind], asked, limit)
    rows = objects_in(answer, "results")
    if len(rows) < limit:
        return Found(rows, None, 0)
    times = [time_in(row) for row in rows]
    known = [time for time in times if time is not None]
    last = max(known, default=None)
    if last is None or last < state["from"]:
        raise VendorAway(NOT_IN_ORDER)
    if min(known) == last:
        return Found([], {"tie": last, "id": "0"}, total_of(answer))
    # Those of the last moment may go on beyond this page: they begin the next one.
    kept = [row for row, time in zip(rows, times, strict=True) if time != last]
    return Found(kept, {"from": last}, left_of(answer, len(kept)))


def of_one_moment(asker: Asker, kind: str, state: Json, properties: list[str], limit: int) -> Found:
    moment = [at(kind, "GTE", state["tie"]), at(kind, "LTE", state["tie"])]
    beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": state["id"]}
    answer = asker.searched(kind, [*moment, beyond], "hs_object_id", properties, limit)
    rows = objects_in(answer, "results")
    if len(rows) < limit:
        return Found(rows, {"from": state["tie"] + 1}, None)
    last = max((int(id_of(row)) for row in rows if id_of(row).isdecimal()), default=0)
    if last <= int(state["id"]):
        raise VendorAway(NOT_IN_ORDER)
    return Found(rows, {"tie": state["tie"], "id": str(last)}, left_of(answer, len(rows)))


def at(kind: str, operator: str, ms: int) -> Json:
    return {"propertyName": DATES[kind], "operator": operator, "value": str(ms)}


def id_of(row: Json) -> str:
    return str(row.get("id") or "")


def time_in(row: Json) -> int | None:
    found = changed_at(row)
    return ms_of(found) if found else None


def total_of(answer: Json) -> int | None:
    total = answer.get("total")
    return total if isinstance(total, int) and total >= 0 else None


def left_of(answer: Json, dealt_with: int) -> int | None:
    total = total_of(answer)
    return None if total is None else max(0, total - dealt_with)
