"""Static lists of contacts: the addresses of HubSpot's lists API that the connector asks."""

from typing import Final
from urllib.parse import unquote

from integrations.demo.crm.answering import Answer, Asked, Wrong, said
from integrations.demo.crm.definitions import Json
from integrations.demo.crm.store import Crm, StaticList, written

MOST_OF_A_PAGE: Final = 250


def described(crm: Crm, one: StaticList) -> Answer:
    return said({"list": {
        "listId": one.id, "name": one.name, "objectTypeId": "0-1", "processingType": one.kind, "listVersion": 1,
        "processingStatus": "COMPLETE", "size": len(one.members), "createdAt": written(crm.now()),
    }})  # fmt: skip


def list_of(crm: Crm, pk: str) -> StaticList:
    if pk not in crm.lists:
        raise Wrong(404, f"List does not exist with ID {pk}.", "OBJECT_NOT_FOUND")
    return crm.lists[pk]


def list_by_name(crm: Crm, asked: Asked, name: str) -> Answer:
    for one in crm.lists.values():
        if one.name == unquote(name):
            return described(crm, one)
    raise Wrong(404, "List does not exist with this name.", "OBJECT_NOT_FOUND")


def make_list(crm: Crm, asked: Asked) -> Answer:
    body = asked.json()
    if any(one.name == body["name"] for one in crm.lists.values()):
        raise Wrong(400, "A list with this name exists already.", "VALIDATION_ERROR")
    if body.get("processingType") not in ("MANUAL", "SNAPSHOT") or body.get("objectTypeId") != "0-1":
        raise Wrong(400, "Invalid input", "VALIDATION_ERROR")
    pk = str(len(crm.lists) + 1)
    crm.lists[pk] = StaticList(pk, str(body["name"]), body["processingType"])
    return described(crm, crm.lists[pk])


def change_members(crm: Crm, asked: Asked, pk: str) -> Answer:
    one, body = list_of(crm, pk), asked.json()
    if one.kind == "DYNAMIC":
        raise Wrong(400, "The list is not MANUAL or SNAPSHOT.", "VALIDATION_ERROR")
    there = {thing.id for thing in crm.living("contacts")}
    add, remove = ids_of(body, "recordIdsToAdd"), ids_of(body, "recordIdsToRemove")
    added = [record for record in add if record in there and record not in one.members]
    removed = [record for record in remove if record in one.members]
    one.members.update(added)
    one.members.difference_update(removed)
    missing = [record for record in (*add, *remove) if record not in there]
    return said({"recordsIdsAdded": added, "recordIdsRemoved": removed, "recordIdsMissing": missing})


def ids_of(body: Json, name: str) -> list[str]:
    found = body.get(name)
    if not isinstance(found, list):
        raise Wrong(400, "Invalid input JSON", "VALIDATION_ERROR")
    return [str(record) for record in found]


def members(crm: Crm, asked: Asked, pk: str) -> Answer:
    limit, after = int(asked.one("limit", "100")), int(asked.one("after", "0"))
    if not 0 < limit <= MOST_OF_A_PAGE:
        raise Wrong(400, f"The limit is {MOST_OF_A_PAGE}", "VALIDATION_ERROR")
    rows = sorted((record for record in list_of(crm, pk).members if int(record) > after), key=int)
    results = [{"recordId": record, "membershipTimestamp": written(crm.now())} for record in rows[:limit]]
    paging = {"paging": {"next": {"after": rows[limit - 1]}}} if len(rows) > limit else {}
    return said({"total": len(list_of(crm, pk).members), "results": results, **paging})
