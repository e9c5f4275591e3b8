"""The addresses of HubSpot's API that the connector asks, answered as HubSpot publishes them."""

import re
from collections.abc import Callable
from typing import Final

from integrations.demo.crm.answering import Answer, Asked, Wrong, refused, said
from integrations.demo.crm.definitions import Json
from integrations.demo.crm.granting import grant
from integrations.demo.crm.lists import change_members, list_by_name, make_list, members
from integrations.demo.crm.searching import search
from integrations.demo.crm.store import ASSOCIATIONS, KINDS, PORTAL, Crm, Thing, written

MOST_IN_A_LIST: Final = 100
MOST_IN_A_BATCH: Final = 100
MOST_OWNERS: Final = 1000  # whose associations are read at once
LINKS_EACH: Final = 500


def answer(crm: Crm, asked: Asked) -> Answer | None:
    """None for an address that is none of the API's."""
    for method, pattern, view in ADDRESSES:
        found = re.fullmatch(pattern, asked.path)
        if found and method == asked.method:
            try:
                if view is not grant:
                    check_token(crm, asked)
                with crm.lock:
                    return view(crm, asked, *found.groups())
            except Wrong as wrong:
                return refused(wrong.status, wrong.message, wrong.category, **wrong.more)
            except (ValueError, TypeError, AttributeError):  # a number that is none, a list that is a text
                return refused(400, "Invalid input", "VALIDATION_ERROR")
    return (
        refused(404, "resource not found", "OBJECT_NOT_FOUND") if asked.path.startswith(("/crm/", "/oauth/")) else None
    )


def check_token(crm: Crm, asked: Asked) -> None:
    scheme, _, token = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token not in crm.tokens:
        raise Wrong(
            401, "Authentication credentials not found. This API supports OAuth 2.0 authentication",
            "INVALID_AUTHENTICATION",
        )  # fmt: skip


def account(crm: Crm, asked: Asked) -> Answer:
    return said({
        "portalId": PORTAL, "accountType": "DEVELOPER_TEST", "timeZone": "Europe/Paris", "companyCurrency": "EUR",
        "additionalCurrencies": [], "utcOffset": "+01:00", "utcOffsetMilliseconds": 3600000,
        "uiDomain": "app.hubspot.com", "dataHostingLocation": "na1",
    })  # fmt: skip


def about_token(crm: Crm, asked: Asked) -> Answer:
    if asked.json().get("tokenKey") not in crm.tokens:
        raise Wrong(404, "resource not found", "OBJECT_NOT_FOUND")
    return said({"userId": 1, "hubId": PORTAL, "appId": 1, "scopes": ["crm.objects.contacts.read"]})


def properties(crm: Crm, asked: Asked, kind: str) -> Answer:
    return said({"results": [row for row in crm.definitions[kind].values() if not row["archived"]]})


def listing(crm: Crm, asked: Asked, kind: str) -> Answer:
    limit = int(asked.one("limit", "10"))
    if not 0 < limit <= MOST_IN_A_LIST:
        raise Wrong(400, f"The limit is {MOST_IN_A_LIST}", "VALIDATION_ERROR")
    wants_archived = asked.one("archived") in ("true", "True")
    things = [thing for thing in crm.things[kind].values() if (thing.archived is not None) == wants_archived]
    after = int(asked.one("after", "0"))
    page = sorted((thing for thing in things if int(thing.id) > after), key=lambda thing: int(thing.id))
    results = [thing.answer(wanted(crm, kind, asked.query.get("properties", []))) for thing in page[:limit]]
    paging = {"paging": {"next": {"after": page[limit - 1].id}}} if len(page) > limit else {}
    return said({"results": results, **paging})


def wanted(crm: Crm, kind: str, given: list[str]) -> list[str]:
    """Properties that there are; others are ignored, as HubSpot does."""
    names = [name for part in given for name in str(part).split(",")]
    return [name for name in names if name in crm.definitions[kind] and not crm.definitions[kind][name]["archived"]]


def searched(crm: Crm, asked: Asked, kind: str) -> Answer:
    body = asked.json()
    return said(search(crm, kind, {**body, "properties": wanted(crm, kind, body.get("properties") or [])}))


def inputs_of(body: Json, most: int) -> list[Json]:
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) and "id" in one for one in inputs):
        raise Wrong(400, "Invalid input JSON", "VALIDATION_ERROR")
    if len(inputs) > most:
        raise Wrong(400, f"The maximum number of inputs is {most}", "VALIDATION_ERROR")
    return inputs


def batch(crm: Crm, asked: Asked, kind: str) -> Answer:
    body = asked.json()
    names = wanted(crm, kind, body.get("properties") or [])
    found: dict[str, Thing] = {}
    missing = []
    for one in inputs_of(body, MOST_IN_A_BATCH):
        thing = crm.things[kind].get(crm.merged.get(str(one["id"]), str(one["id"])))
        if thing and thing.archived is None:
            found[thing.id] = thing
        else:
            missing.append(str(one["id"]))
    return completed(crm, [thing.answer(names) for thing in found.values()], missing, "OBJECT_NOT_FOUND", {})


def completed(crm: Crm, results: list[Json], missing: list[str], category: str, more: Json) -> Answer:
    """200, or 207 if some of what was asked for is not there."""
    now = written(crm.now())
    content: Json = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if not missing:
        return said(content)
    error = {"status": "error", "category": category, "message": "Could not get some objects",
             "context": {"ids": missing}, **more}  # fmt: skip
    return said({**content, "numErrors": 1, "errors": [error]}, 207)


def associated(crm: Crm, asked: Asked, kind: str, other: str) -> Answer:
    results, without = [], []
    for one in inputs_of(asked.json(), MOST_OWNERS):
        own = str(one["id"])
        there = crm.links.get((kind, own, other), {})
        linked = [to for to in there if to in crm.things[other] and crm.things[other][to].archived is None]
        start = int(one.get("after") or 0)
        page = linked[start : start + LINKS_EACH]
        if not page:
            without.append(own)
            continue
        after = {"paging": {"next": {"after": str(start + LINKS_EACH)}}} if start + LINKS_EACH < len(linked) else {}
        results.append({"from": {"id": own}, "to": [link(kind, other, to, there[to]) for to in page], **after})
    more = {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}
    return completed(crm, results, without, "OBJECT_NOT_FOUND", more)


def link(kind: str, other: str, to: str, primary: bool) -> Json:
    types = [
        {"category": "HUBSPOT_DEFINED", "typeId": number, "label": label}
        for number, label in ASSOCIATIONS[kind, other]
        if primary or label is None
    ]
    return {"toObjectId": to, "associationTypes": types}


KIND: Final = f"({'|'.join(KINDS)})"
ADDRESSES: Final[list[tuple[str, str, Callable[..., Answer]]]] = [
    ("POST", "/oauth/v1/token", grant),
    ("GET", "/account-info/v3/details", account),
    ("POST", "/oauth/v2/private-apps/get/access-token-info", about_token),
    ("GET", f"/crm/v3/properties/{KIND}", properties),
    ("GET", f"/crm/v3/objects/{KIND}", listing),
    ("POST", f"/crm/v3/objects/{KIND}/search", searched),
    ("POST", f"/crm/v3/objects/{KIND}/batch/read", batch),
    ("POST", "/crm/v3/lists/?", make_list),
    ("GET", "/crm/v3/lists/object-type-id/0-1/name/([^/]+)", list_by_name),
    ("GET", r"/crm/v3/lists/(\d+)/memberships", members),
    ("PUT", r"/crm/v3/lists/(\d+)/memberships/add-and-remove", change_members),
    ("POST", f"/crm/v4/associations/{KIND}/{KIND}/batch/read", associated),
]
