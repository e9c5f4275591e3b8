"""Static lists of contacts: made by name, changed in batches, read page by page."""

from collections.abc import Sequence
from typing import Any, Final

from integrations.connectors.base import Json
from integrations.connectors.failures import VendorAway, VendorRefused
from integrations.connectors.hubspot_asking import Asker, next_of, objects_in
from integrations.connectors.hubspot_client import RAW, Api, NotThere

AT_ONCE: Final = 250  # records of a change and of a page
CONTACTS: Final = "0-1"
STATIC: Final = "MANUAL"  # HubSpot's word for it; who is in a list of another kind is up to HubSpot
GONE: Final = "HubSpot has this list no more. Remove the audience and make it again."


def lists_of(api: Api) -> Any:
    return api.client.crm.lists.lists_api


def memberships_of(api: Api) -> Any:
    return api.client.crm.lists.memberships_api


def list_named(asker: Asker, name: str) -> str:
    """The id of the static list of this name. Names are unique in an account."""
    try:
        answer = asker.ask(lambda api: lists_of(api).get_by_name(name, CONTACTS, **RAW))
    except NotThere:
        body = {"name": name, "objectTypeId": CONTACTS, "processingType": STATIC}
        answer = asker.ask(lambda api: lists_of(api).create(body, **RAW))
    found = answer.get("list")
    if not isinstance(found, dict) or not isinstance(found.get("listId"), str | int):
        raise VendorAway("HubSpot's answer is not as its description says.")
    if found.get("processingType") != STATIC:
        raise VendorRefused(f"HubSpot has a list {name!r} that it fills by itself. Choose another name.")
    return str(found["listId"])


def change_list(asker: Asker, audience: str, add: Sequence[str], remove: Sequence[str]) -> list[tuple[str, str]]:
    """At most AT_ONCE records. HubSpot names those that it does not have; to remove such a one is done with that."""
    body = {"recordIdsToAdd": list(add), "recordIdsToRemove": list(remove)}
    try:
        answer = asker.ask(lambda api: memberships_of(api).add_and_remove(audience, body, **RAW))
    except NotThere:
        raise VendorRefused(GONE) from None
    missing = answer.get("recordIdsMissing")
    lost = {str(one) for one in missing} if isinstance(missing, list) else set()
    return [(one, "HubSpot has no such contact any more.") for one in add if one in lost]


def members_of_list(asker: Asker, audience: str, position: Json) -> tuple[list[str], Json | None]:
    more = {"after": position["after"]} if position.get("after") else {}
    try:
        answer = asker.ask(lambda api: memberships_of(api).get_page(audience, limit=AT_ONCE, **more, **RAW))
    except NotThere:
        raise VendorRefused(GONE) from None
    ids = [str(row["recordId"]) for row in objects_in(answer, "results") if isinstance(row.get("recordId"), str | int)]
    after = next_of(answer)
    return ids, {"after": after} if after else None
