"""Tags of Intercom's contacts: made by name, put on and taken off one contact at a time, found by a search.

What was tagged lately is found by a search with a delay of some minutes.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import quote

from integrations.connectors.base import Json, Link
from integrations.connectors.failures import VendorAway, VendorRefused
from integrations.connectors.json_calls import NotThere

AT_ONCE: Final = 25  # contacts of a change: each is a call
ROWS: Final = 150  # of a page

type Ask = Callable[..., tuple[Json, Any]]


def tag_named(ask: Ask, link: Link, name: str) -> str:
    """Intercom makes one tag of a name, however often it is asked for."""
    answer, _ = ask(link, "POST", "/tags", {"name": name})
    found = answer.get("id")
    if not isinstance(found, str | int) or not str(found):
        raise VendorAway("Intercom gave an answer that cannot be read.")
    return str(found)


def change_tag(
    ask: Ask, link: Link, tag: str, add: Sequence[str], remove: Sequence[str]
) -> list[tuple[str, str]]:  # fmt: skip
    failed = []
    for contact in add:
        try:
            ask(link, "POST", f"/contacts/{quote(contact, safe='')}/tags", {"id": tag})
        except NotThere:
            failed.append((contact, "Intercom has no such contact any more."))
    for contact in remove:
        try:
            ask(link, "DELETE", f"/contacts/{quote(contact, safe='')}/tags/{quote(tag, safe='')}")
        except NotThere:
            continue  # the contact is gone, or has no such tag
    if failed:
        check_tag(ask, link, tag)
    return failed


def check_tag(ask: Ask, link: Link, tag: str) -> None:
    """A tag that is gone answers as a contact that is gone does."""
    try:
        ask(link, "GET", f"/tags/{quote(tag, safe='')}")
    except NotThere:
        raise VendorRefused("Intercom has this tag no more. Remove the audience and make it again.") from None


def tagged(ask: Ask, link: Link, tag: str, position: Json) -> tuple[list[str], Json | None]:
    if not position:
        check_tag(ask, link, tag)
    paging = {"per_page": ROWS} | ({"starting_after": position["after"]} if position.get("after") else {})
    body = {"query": {"field": "tag_id", "operator": "=", "value": tag}, "pagination": paging}
    answer, _ = ask(link, "POST", "/contacts/search", body)
    rows, pages = answer.get("data"), answer.get("pages")
    if not isinstance(rows, list):
        raise VendorAway("Intercom gave an answer that cannot be read.")
    ids = [str(row["id"]) for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str | int)]
    following = pages.get("next") if isinstance(pages, dict) else None
    after = following.get("starting_after") if isinstance(following, dict) else None
    return ids, {"after": after} if after else None
