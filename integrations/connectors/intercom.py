"""Intercom: contacts, users and leads alike, with their standard and custom attributes.

By its published description of the REST API: searches are paged by a cursor and sorted to the second, but filtered by
whole days. What changed lately is found with a delay of some minutes.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote

from django.utils import timezone

from integrations.connectors.base import (
    Ask,
    BadRecord,
    Connector,
    Field,
    Json,
    Link,
    ObjectKind,
    Page,
    Property,
    Record,
)
from integrations.connectors.failures import VendorAway, VendorRefused
from integrations.connectors.intercom_tags import AT_ONCE, change_tag, tag_named, tagged
from integrations.connectors.json_calls import asked, wait_of
from users.extend import Source
from users.types.timestamps import iso

VERSION: Final = "2.15"
HOSTS: Final = {"us": "https://api.intercom.io", "eu": "https://api.eu.intercom.io", "au": "https://api.au.intercom.io"}
APPS: Final = {
    "us": "https://app.intercom.com",
    "eu": "https://app.eu.intercom.com",
    "au": "https://app.au.intercom.com",
}
ROWS: Final = 100  # of a page; 150 is the most
DELAY: Final = 300  # seconds until a change is found by a search
DAY: Final = 86_400
CUSTOM: Final = "custom_attributes."
TYPES: Final = {"integer": "number", "float": "number", "boolean": "boolean", "date": "date"}
PRESELECTED: Final = ("role", "phone", "signed_up_at", "last_seen_at", "owner_id", "location.country")


class Intercom(Connector):
    slug = "intercom"
    source = Source(
        slug="intercom", name="Intercom", simple_icon="intercom",
        fix="Read from the Intercom attribute {key}. Change it in Intercom.", how_set="Intercom attribute {key}",
    )  # fmt: skip
    description = "Contacts: users and leads, with their custom attributes."
    audiences = True
    audience_word = "tag"
    audience_batch = AT_ONCE
    fields: ClassVar[tuple[Field, ...]] = (
        Field("token", "Access token", "Of an app of yours that may read contacts.", example="dG9rOm…"),
        Field(
            "region", "Region", "Where your workspace is hosted.", secret=False, required=False,
            choices=(("us", "United States"), ("eu", "Europe"), ("au", "Australia")),
        ),
    )  # fmt: skip
    objects = (ObjectKind("contacts", "Contacts", help="Users and leads. Archived ones are left out."),)
    setup = (
        "In Intercom's Developer Hub make an app in your workspace. Under Authentication let it read and list users, "
        "and write users and tags if segments become tags there, then copy its access token."
    )
    docs_url = "https://developers.intercom.com/docs/build-an-integration/learn-more/authentication"

    def check_credentials(self, credentials: Mapping[str, Any]) -> None:
        super().check_credentials(credentials)
        token = credentials["token"].strip()
        if not token.isascii() or not token.isprintable() or " " in token:
            raise VendorRefused("This is no access token: copy it from Intercom again.", path="token")

    def check(self, link: Link) -> Json:
        found, _ = ask_vendor(link, "GET", "/me")
        app = part_of(found, "app")
        code = str(app.get("id_code") or "")
        self.properties(link, ["contacts"])  # a token that may not read them is refused now, not in the first run
        return {"account": str(app.get("name") or code or "Intercom")[:200], "app": code}

    def properties(self, link: Link, objects: Sequence[str]) -> list[Property]:
        return [property_of(one, name) for name, one in definitions(link).items()]

    def page(self, link: Link, ask: Ask, position: Json) -> Page:
        """A full run goes from the oldest change to the newest: what changes meanwhile comes at the end again. Later
        ones go from the newest back to where the last run was, as days are the finest filter."""
        now = ask.now or timezone.now()
        place = position or {"dates": dates_of(definitions(link)), "after": None, "top": 0, "read": 0}
        since = ask.since["updated_at"] if ask.since else None
        contacts, total, after, pause = search(link, since, place["after"])
        fresh = [one for one in contacts if since is None or changed_at(one) > since]
        records = [record_of(one, ask, place["dates"]) for one in fresh]
        top = max([place["top"], *(changed_at(one) for one in contacts)])
        read = place["read"] + len(contacts)
        if after is None or len(fresh) < len(contacts):
            # What was changed within the delay may be found only later: it is met again until it is older.
            until = max(min(top, int(now.timestamp()) - DELAY), since or 0)
            return Page(records, cursor={"updated_at": until})
        left = max(total - read, 0) if since is None and total is not None else None
        return Page(records, {**place, "after": after, "top": top, "read": read}, left=left, pause=pause)

    def fetch(self, link: Link, ask: Ask, ids: Sequence[tuple[str, str]]) -> list[Record | BadRecord] | None:
        dates, now = dates_of(definitions(link)), ask.now or timezone.now()
        found: dict[str, Record | BadRecord] = {}
        for begin in range(0, len(ids), 50):
            wanted = [record for _, record in ids[begin : begin + 50]]
            body = {"query": {"field": "id", "operator": "IN", "value": wanted}, "pagination": {"per_page": 50}}
            answer, _ = ask_vendor(link, "POST", "/contacts/search", body)
            for one in listed(answer):
                made = record_of(one, ask, dates)
                found[made.id] = made
        return [found.get(record) or Record(kind, record, now, gone=True) for kind, record in ids]

    def make_audience(self, link: Link, name: str) -> str:
        return tag_named(ask_vendor, link, name)

    def change_audience(
        self, link: Link, audience: str, add: Sequence[str], remove: Sequence[str]
    ) -> list[tuple[str, str]]:
        return change_tag(ask_vendor, link, audience, add, remove)

    def audience_members(self, link: Link, audience: str, position: Json) -> tuple[list[str], Json | None]:
        return tagged(ask_vendor, link, audience, position)

    def record_url(self, link: Link, object: str, record_id: str) -> str:
        app = link.state.get("app")
        site = APPS[link.credentials.get("region") or "us"]
        return f"{site}/a/apps/{quote(app)}/users/{quote(record_id)}" if app else ""

    def property_url(self, link: Link, name: str) -> str:
        app = link.state.get("app")
        site = APPS[link.credentials.get("region") or "us"]
        return f"{site}/a/apps/{quote(app)}/settings/data/people" if app else ""


def ask_vendor(link: Link, method: str, path: str, body: Any = None) -> tuple[Json, Mapping[str, str]]:
    host = link.base_url or HOSTS[link.credentials.get("region") or "us"]
    headers = {"Authorization": f"Bearer {link.credentials['token']}", "Intercom-Version": VERSION}
    found, said = asked("Intercom", method, f"{host}{path}", headers, body)
    if not isinstance(found, dict):
        raise VendorAway("Intercom gave an answer that cannot be read.")
    return found, said


def search(
    link: Link, since: int | None, after: str | None
) -> tuple[list[Json], int | None, str | None, float]:  # fmt: skip
    """Contacts, how many there are, where the next ones begin (None: these are the last), and seconds to wait before."""
    # A day before: it is read as "after that day", and "after" leaves the day itself out.
    least = max(since - DAY, 0) if since is not None else 0
    body = {
        "query": {"field": "updated_at", "operator": ">", "value": least},
        "sort": {"field": "updated_at", "order": "ascending" if since is None else "descending"},
        "pagination": {"per_page": ROWS} | ({"starting_after": after} if after else {}),
    }
    answer, headers = ask_vendor(link, "POST", "/contacts/search", body)
    following = part_of(part_of(answer, "pages"), "next").get("starting_after")
    total = answer.get("total_count")
    return listed(answer), total if isinstance(total, int) else None, following or None, pause_of(headers)


def part_of(answer: Json, name: str) -> Json:
    found = answer.get(name)
    return found if isinstance(found, dict) else {}


def listed(answer: Json) -> list[Json]:
    found = answer.get("data")
    if not isinstance(found, list):
        raise VendorAway("Intercom gave an answer that cannot be read.")
    return [one for one in found if isinstance(one, dict)]


def pause_of(headers: Mapping[str, str]) -> float:
    """Seconds to wait once a tenth of what may be asked is left, which is for others of the workspace."""
    try:
        low = int(headers["x-ratelimit-remaining"]) * 10 < int(headers["x-ratelimit-limit"])
    except (KeyError, ValueError):
        return 0
    return wait_of({"x-ratelimit-reset": headers.get("x-ratelimit-reset", "")}) if low else 0


def definitions(link: Link) -> dict[str, Json]:
    """name -> Intercom's description of the attribute. Custom ones lose their prefix where no other is called so."""
    answer, _ = ask_vendor(link, "GET", "/data_attributes?model=contact")
    found = [one for one in listed(answer) if isinstance(one.get("full_name"), str) and not one.get("archived")]
    names = {one["full_name"] for one in found}
    made: dict[str, Json] = {}
    for one in found:
        short = one["full_name"].removeprefix(CUSTOM)
        made[one["full_name"] if short in names else short] = one
    return made


def dates_of(found: Mapping[str, Json]) -> list[str]:
    return [name for name, one in found.items() if one.get("data_type") == "date"]


def property_of(one: Json, name: str) -> Property:
    custom = bool(one.get("custom"))
    return Property(
        name, str(one.get("label") or name)[:200], TYPES.get(str(one.get("data_type")), "string"), "contacts",
        description=str(one.get("description") or "")[:500], group="Custom" if custom else "Standard",
        preselected=custom or name in PRESELECTED, identifies={"email": "email", "external_id": "user_id"}.get(name, ""),
    )  # fmt: skip


def changed_at(contact: Json) -> int:
    at = contact.get("updated_at")
    return at if isinstance(at, int) and 0 <= at < 2**33 else 0


def record_of(contact: Json, ask: Ask, dates: Sequence[str]) -> Record | BadRecord:
    name = contact.get("id")
    label = str(contact.get("email") or contact.get("name") or name or "")[:300]
    if not isinstance(name, str | int) or not str(name):
        return BadRecord("contacts", "", "The contact has no id.", label)
    at = changed_at(contact)
    if not at:
        return BadRecord("contacts", str(name), "The contact does not say when it was changed.", label)
    values = {key: value_of(contact, key, key in dates) for key in ask.properties}
    gone = bool(contact.get("archived"))
    return Record("contacts", str(name), datetime.fromtimestamp(at, UTC), values, (), label, gone)


def value_of(contact: Json, name: str, is_date: bool) -> Any:
    custom = contact.get("custom_attributes")
    value: Any = contact
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None and isinstance(custom, dict):
        value = custom.get(name.removeprefix(CUSTOM))
    if is_date and isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**33:
        return iso(datetime.fromtimestamp(value, UTC))
    return value
