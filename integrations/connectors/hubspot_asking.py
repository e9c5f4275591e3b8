"""What HubSpot is asked for, request by request."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from integrations.connectors.base import Json, Link
from integrations.connectors.failures import VendorAway, VendorRefused
from integrations.connectors.hubspot_client import RAW, Api, NotLetIn
from integrations.connectors.hubspot_oauth import renew_access, token_of
from integrations.connectors.hubspot_values import clean

LIMIT: Final = 100  # records of a list, a search and a batch
MOST_ASSOCIATED: Final = 1000  # records whose associations are asked for at once
PRIMARY: Final = 1  # the type of the association of a contact with its primary company
HOST_NAME: Final = re.compile(r"[a-z0-9.-]{1,80}\.hubspot\.com")


class Asker:
    """HubSpot's client for a connection, logged in. Access that HubSpot ended early is renewed once."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.api = Api(link, token_of(link))
        self.asked_before = 0

    @property
    def asked(self) -> int:
        return self.asked_before + self.api.asked

    def ask(self, what: Callable[[Api], Json]) -> Json:
        try:
            return what(self.api)
        except NotLetIn:
            if not self.link.credentials.get("refresh_token"):
                raise
            renew_access(self.link)
        clock, self.asked_before = self.api.clock, self.asked
        self.api = Api(self.link, token_of(self.link))
        self.api.clock = clock
        return what(self.api)

    def listed(self, properties: Sequence[str], after: str | None, archived: bool = False) -> Json:
        """Contacts in the order of their ids. `after` is the `paging` of the answer before."""
        more = {"after": after} if after else {}
        return self.ask(
            lambda api: api.client.crm.contacts.basic_api.get_page(
                limit=LIMIT, properties=list(properties), archived=archived, **more, **RAW
            )
        )

    def searched(
        self, kind: str, filters: Sequence[Json], sort: str, properties: Sequence[str], limit: int = LIMIT
    ) -> Json:
        """The first records that all filters hold for. No `after`: pages by offset miss what moves meanwhile."""
        body = {
            "filterGroups": [{"filters": list(filters)}] if filters else [],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": limit,
            "after": "0",
        }
        return self.ask(lambda api: getattr(api.client.crm, kind).search_api.do_search(body, **RAW))

    def batch(self, kind: str, ids: Iterable[str], properties: Sequence[str]) -> tuple[list[Json], list[Json]]:
        """Records by id, and the errors of those that could not be read. Archived ones are not found."""
        found: list[Json] = []
        errors: list[Json] = []
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), LIMIT):
            body = {
                "inputs": [{"id": one} for one in wanted[start : start + LIMIT]],
                "properties": list(properties),
                "propertiesWithHistory": [],
            }
            answer = self.ask(lambda api, body=body: getattr(api.client.crm, kind).batch_api.read(body, **RAW))  # type: ignore[misc]
            found += objects_in(answer, "results")
            errors += objects_in(answer, "errors", needed=False)
        return found, errors

    def associated(self, kind: str, to: str, inputs: Sequence[Json]) -> list[Json]:
        """The associations of records; `inputs` are {"id", "after"?}. Each answer may have a page of its own."""
        found: list[Json] = []
        for start in range(0, len(inputs), MOST_ASSOCIATED):
            body = {"inputs": list(inputs[start : start + MOST_ASSOCIATED])}
            answer = self.ask(
                lambda api, body=body: api.client.crm.associations.v4.batch_api.get_page(kind, to, body, **RAW)  # type: ignore[misc]
            )
            found += objects_in(answer, "results")
        return found


def objects_in(answer: Json, name: str, needed: bool = True) -> list[Json]:
    rows = answer.get(name)
    if not isinstance(rows, list):
        if rows is None and not needed:
            return []
        raise VendorAway("HubSpot's answer is not as its description says.")
    return [row for row in rows if isinstance(row, dict)]


def next_of(answer: Json) -> str | None:
    """Where the next page begins."""
    paging = answer.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return str(after) if isinstance(after, str | int) and len(str(after)) <= 500 else None


def definitions(asker: Asker, kind: str) -> list[Json]:
    answer = asker.ask(lambda api: api.client.crm.properties.core_api.get_all(kind, archived=False, **RAW))
    return objects_in(answer, "results")


def account_of(asker: Asker) -> Json:
    """Which account the token is for. The client has no methods for these addresses."""
    try:
        found = asker.ask(lambda api: api.get("/account-info/v3/details"))
    except NotLetIn:
        raise
    except VendorRefused:  # a private app may be kept from the account's details, and may always ask about its token
        token = asker.link.credentials.get("token")
        if not token:
            raise
        about = asker.ask(lambda api: api.post("/oauth/v2/private-apps/get/access-token-info", {"tokenKey": token}))
        found = {"portalId": about.get("hubId")}
    portal, domain = found.get("portalId"), found.get("uiDomain")
    if not isinstance(portal, int):
        raise VendorAway("HubSpot's answer is not as its description says.")
    ui = clean(domain) if isinstance(domain, str) and HOST_NAME.fullmatch(domain) else "app.hubspot.com"
    return {"account": f"Portal {portal}", "portal": portal, "ui": ui}


def association(row: Json) -> tuple[str, list[tuple[str, set[Any]]], str | None]:
    """Whose associations these are, the records it has with the types of each, and where its next page begins."""
    source = row.get("from")
    own = str(source.get("id")) if isinstance(source, dict) else ""
    to = row.get("to")
    found = []
    for one in to if isinstance(to, list) else []:
        if isinstance(one, dict) and isinstance(one.get("toObjectId"), str | int):
            types = one.get("associationTypes")
            kinds = (
                {kind.get("typeId") for kind in types if isinstance(kind, dict)} if isinstance(types, list) else set()
            )
            found.append((str(one["toObjectId"]), kinds))
    return own, found, next_of(row)
