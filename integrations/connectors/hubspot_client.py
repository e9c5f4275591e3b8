"""HubSpot's own client, over our own calls: bounded in time and size, to checked addresses, errors in our words.

The client is large, so it is loaded where HubSpot is asked. It writes the requests; answers are read here, as JSON:
one record that is not as published must not cost the other 99.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode

from integrations.connectors.base import Json, Link
from integrations.connectors.failures import VendorAway, VendorBusy, VendorRefused
from integrations.outside.calls import Reply, call
from integrations.outside.errors import NoAnswer, NotAllowed

HOST: Final = "https://api.hubapi.com"
SECONDS: Final = 20.0
MOST_BYTES: Final = 20 << 20
DEEPEST: Final = 20  # levels of lists and objects in an answer; HubSpot's own have seven
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 24 * 3600.0
# The account's limit that is used up, by its name in the answer: seconds until it is worth to ask again.
LIMITS: Final = {b'"DAILY"': 3600.0, b'"SECONDLY"': 2.0}
SCOPES: Final = {"contacts": "crm.objects.contacts.read", "companies": "crm.objects.companies.read",
                 "deals": "crm.objects.deals.read", "lists": "crm.lists.read and crm.lists.write"}  # fmt: skip


class NotLetIn(VendorRefused):
    """401: the token is wrong, or over."""


class NotThere(VendorRefused):
    """404: no list of this id or name."""


class Api:
    """HubSpot's client for one connection. `asked` counts requests, `clock` is HubSpot's time of the last answer."""

    def __init__(self, link: Link, token: str) -> None:
        from hubspot import HubSpot

        self.asked = 0
        self.clock: datetime | None = None
        self.host = link.base_url or HOST
        self.client = HubSpot(access_token=token, api_factory=self.made)

    def made(self, package: Any, name: str, config: Mapping[str, Any]) -> Any:
        """One part of the client, which sends by `Sender`; config["api_factory"] of hubspot.discovery."""
        settings = package.Configuration()
        settings.host, settings.access_token = self.host, config["access_token"]
        client = package.ApiClient(configuration=settings)
        client.rest_client = Sender(self)
        client.user_agent = "jimo-attributes"
        return getattr(package, name)(api_client=client)

    def get(self, path: str) -> Json:
        """An address that the client has no method for."""
        return self.plain("GET", path)

    def post(self, path: str, body: Json) -> Json:
        return self.plain("POST", path, body=body)

    def plain(self, method: str, path: str, **more: Any) -> Json:
        from hubspot.crm import contacts

        part = self.made(contacts, "BasicApi", self.client.config)
        headers = {"Accept": "application/json"}
        found: Json = part.api_client.call_api(
            path, method, header_params=headers, auth_settings=["oauth2"], **more, **RAW
        )
        return found


RAW: Final = {"_preload_content": False}  # of each call: what Sender returns is handed through


class Sender:
    """What the client's generated rest.py does, by our own calls. Returns the answer's JSON; raises VendorFailure."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def GET(self, url: str, *, headers: Any = None, query_params: Any = None, **_: Any) -> Json:
        return self.send("GET", f"{url}?{urlencode(list(query_params))}" if query_params else url, headers, None)

    def POST(
        self, url: str, *, headers: Any = None, query_params: Any = None, post_params: Any = None, body: Any = None,
        **_: Any,
    ) -> Json:  # fmt: skip
        address = f"{url}?{urlencode(list(query_params))}" if query_params else url
        content = urlencode(post_params) if post_params else json.dumps(body)
        return self.send("POST", address, headers, content.encode())

    def PUT(self, url: str, *, headers: Any = None, body: Any = None, **_: Any) -> Json:
        return self.send("PUT", url, headers, json.dumps(body).encode())

    def send(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> Json:
        self.api.asked += 1
        sent = {"Content-Type": "application/json", **headers} if body is not None else dict(headers)
        try:
            reply = call(method, address, body=body, headers=sent, seconds=SECONDS, most_bytes=MOST_BYTES)
        except NotAllowed as error:
            raise VendorRefused(str(error), path="base_url") from None
        except NoAnswer as error:
            raise VendorAway(str(error)) from None
        self.api.clock = date_of(reply) or self.api.clock
        if not 200 <= reply.status <= 299:
            refuse(reply, address.partition("?")[0].removeprefix(self.api.host))
        return read(reply)


def read(reply: Reply) -> Json:
    if reply.cut:
        raise VendorAway(f"HubSpot's answer is larger than {MOST_BYTES >> 20} MB.")
    try:
        found = json.loads(reply.body, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise VendorAway("HubSpot's answer broke off, or is no JSON.") from None
    if not isinstance(found, dict) or too_deep(found):
        raise VendorAway("HubSpot's answer is not as its description says.")
    return found


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def date_of(reply: Reply) -> datetime | None:
    try:
        found = parsedate_to_datetime(reply.headers["date"])
    except (KeyError, ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def refuse(reply: Reply, path: str) -> None:
    """Raises what an answer that is no success means. `path` begins at the host's root."""
    status = reply.status
    if status == 401:
        raise NotLetIn("HubSpot does not accept the token. Enter a new one, or connect again.", path="token")
    if status == 403:
        raise VendorRefused(
            f"The token may not {may_of(path)} {kind_in(path)}. In HubSpot, give the app the scope {scope_of(path)}; a private "
            "app keeps its token, one that was connected is connected again.",
            path="token",
        )
    if status in (423, 429, 477):
        raise VendorBusy(BUSY[status], wait_of(reply))
    if status >= 500 or status == 408:
        raise VendorAway(f"HubSpot has trouble of its own (status {status}).")
    if 300 <= status <= 399:
        raise VendorAway("HubSpot's answer leads elsewhere, which is not followed.")
    kind = NotThere if status == 404 else VendorRefused
    raise kind(f"HubSpot refuses what is asked for {kind_in(path)} (status {status}).")


BUSY: Final = {
    423: "HubSpot has locked the account's records for a moment.",
    429: "HubSpot wants fewer requests: the account's limit is used up.",
    477: "HubSpot is moving the account to another place.",
}


def kind_in(path: str) -> str:
    parts = path.split("/")
    return next((kind for kind in ("deals", "companies", "contacts", "lists") if kind in parts), "the account")


def may_of(path: str) -> str:
    return "read and write" if kind_in(path) == "lists" else "read"


def scope_of(path: str) -> str:
    return SCOPES.get(kind_in(path), "oauth")


def wait_of(reply: Reply) -> float:
    """Seconds that HubSpot wants us to wait: Retry-After as seconds or date, else what the limit needs."""
    said = reply.headers.get("retry-after", "").strip()
    seconds: float | None = None
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", said, re.ASCII):
        seconds = float(said)
    elif said:
        try:
            at = parsedate_to_datetime(said)
            seconds = (at.replace(tzinfo=at.tzinfo or UTC) - (date_of(reply) or datetime.now(UTC))).total_seconds()
        except (ValueError, TypeError):
            seconds = None
    if seconds is None:
        seconds = next((wait for limit, wait in LIMITS.items() if limit in reply.body), 10.0)
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)


type Asking = Callable[[Any], Json]  # given HubSpot's client
