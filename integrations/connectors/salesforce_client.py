"""Salesforce's own API by simple-salesforce, over our own calls: to checked addresses, bounded in time and size.

The client is large, so it is loaded where Salesforce is asked. Access that ran out is renewed once, by one worker.
"""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from integrations.connectors.base import Json, Link
from integrations.connectors.failures import VendorAway, VendorBusy, VendorFailure, VendorRefused
from integrations.connectors.renewing import renew
from integrations.outside.calls import call
from integrations.outside.errors import NoAnswer, NotAllowed

if TYPE_CHECKING:
    import requests
    from simple_salesforce import Salesforce as Client

VERSION: Final = "62.0"
SECONDS: Final = 20.0
MOST_BYTES: Final = 50 << 20
SHARE: Final = 80  # percent of the daily calls, unless an admin says otherwise
USED_UP: Final = 3600.0  # seconds until it is looked again
DOMAIN: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(?=\.salesforce\.com$)")
BAD_LOGIN: Final = (
    "Salesforce does not let us in. Check the consumer key and what belongs to it, that the app's flow is switched on, "
    "and that its user may use it."
)
NOT_READ: Final = "Salesforce gave an answer that cannot be read."
USAGE: Final = re.compile(r"api-usage=(\d+)/(\d+)")


class Org:
    """A Salesforce organization. `usage` is (calls of the last 24 hours, how many there may be) once it was asked."""

    def __init__(self, link: Link, keeps_share: bool = False) -> None:
        self.link = link
        self.keeps_share = keeps_share
        self.usage: tuple[int, int] | None = None
        self.session = session_over(self)

    @property
    def share(self) -> int:
        return int(self.link.credentials.get("share") or SHARE)

    def ask(self, act: Callable[[Any], Any]) -> Json:
        """The object that `act` gets from the client. Raises VendorFailure."""
        if not self.link.credentials.get("access_token"):
            renew(self.link, "", self.log_in)
        token = self.link.credentials["access_token"]
        try:
            return object_of(translated(lambda: act(self.client())))
        except TokenOver:
            renew(self.link, token, self.log_in)
        try:
            return object_of(translated(lambda: act(self.client())))
        except TokenOver:
            raise VendorRefused(BAD_LOGIN, path="client_id") from None

    def client(self) -> "Client":
        from simple_salesforce import Salesforce

        given = self.link.credentials
        return Salesforce(
            session_id=given["access_token"], instance_url=given["instance_url"], session=self.session, version=VERSION
        )

    def log_in(self, given: Json) -> Json:
        """The credentials with a new token, by JWT where there is a private key, else by the client's own."""
        from simple_salesforce.login import SalesforceLogin

        domain = domain_of(given["domain"])
        if given.get("private_key"):
            way = {
                "username": given["username"], "privatekey": given["private_key"], "instance_url": domain,
                "domain": "test" if ".sandbox" in domain else "login",
            }  # fmt: skip
        else:
            way = {"consumer_secret": given["client_secret"], "domain": domain}

        def act() -> tuple[str, str]:
            token, instance = SalesforceLogin(session=self.session, consumer_key=given["client_id"], **way)
            return str(token), str(instance)

        token, instance = translated(act)
        return {**given, "access_token": token, "instance_url": f"https://{instance}"}


class TokenOver(Exception):
    """401: the session is over."""


def domain_of(text: str) -> str:
    """What stands before .salesforce.com. Raises VendorRefused."""
    host = text.strip().lower().removeprefix("https://").split("/")[0]
    found = DOMAIN.match(host)
    if not found or found[0] in ("login", "test", "www"):
        raise VendorRefused(
            "Write your My Domain, such as fernhill.my.salesforce.com: Setup, My Domain says it.", path="domain"
        )
    return found[0]


def session_over(org: Org) -> "requests.Session":
    """requests, whose calls go through ours."""
    import requests
    from requests.adapters import BaseAdapter

    class Checked(BaseAdapter):
        def send(self, request: "requests.PreparedRequest", *args: Any, **more: Any) -> "requests.Response":
            return answer_to(org, request)

        def close(self) -> None:
            pass

    made = requests.Session()
    made.trust_env = False
    made.mount("https://", Checked())
    made.mount("http://", Checked())
    return made


def answer_to(org: Org, request: "requests.PreparedRequest") -> "requests.Response":
    import requests

    address = str(request.url)
    if org.link.base_url:
        parts = urlsplit(address)
        address = f"{org.link.base_url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    sent: Any = request.body
    body = sent.encode() if isinstance(sent, str) else sent
    headers = {str(name): str(value) for name, value in request.headers.items()}
    try:
        reply = call(
            str(request.method), address, body=body, headers=headers, seconds=SECONDS,
            most_bytes=MOST_BYTES,
        )  # fmt: skip
    except NotAllowed as refusal:
        raise VendorRefused(str(refusal), path="domain") from None
    except NoAnswer as refusal:
        raise VendorAway(f"Salesforce cannot be reached: {refusal}") from None
    if reply.cut:
        raise VendorAway(NOT_READ)
    note_usage(org, reply.headers.get("sforce-limit-info", ""))
    if reply.status >= 500:
        raise VendorAway(f"Salesforce has a problem at the moment ({reply.status}).")
    made = requests.Response()
    made.status_code, made._content, made.url, made.request = reply.status, reply.body, address, request
    made.encoding = "utf-8"
    made.headers.update(reply.headers)
    return made


def note_usage(org: Org, said: str) -> None:
    """Raises VendorBusy once more of the daily calls are used than the admin lets us take part in."""
    found = USAGE.search(said)
    if not found:
        return
    used, total = int(found[1]), int(found[2])
    org.usage = used, total
    if org.keeps_share and used * 100 >= total * org.share:
        raise VendorBusy(
            f"{used:,} of your Salesforce's {total:,} API calls of the last 24 hours are used. We stop at {org.share}%, "
            "as this connection's settings say, and go on when there are more.", after=USED_UP,
        )  # fmt: skip


def translated(act: Callable[[], Any]) -> Any:
    """What `act` returns. The client's errors become ours: they hold what Salesforce said, with people's values."""
    from requests import RequestException
    from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError

    try:
        return act()
    except SalesforceAuthenticationFailed as error:
        raise refused_login(error) from None
    except SalesforceError as error:
        raise failure_of(error) from None
    except (RequestException, json.JSONDecodeError, KeyError, TypeError, AttributeError, IndexError, UnicodeError):
        raise VendorAway(NOT_READ) from None


def object_of(answer: Any) -> Json:
    if not isinstance(answer, dict):
        raise VendorAway(NOT_READ)
    return answer


def refused_login(error: Any) -> VendorFailure:
    code = str(getattr(error, "code", ""))
    if code.isdecimal() or code == "None":  # no JSON, or none of theirs
        return VendorAway(NOT_READ)
    path = {"invalid_client": "client_secret", "invalid_grant": "username"}.get(code, "client_id")
    return VendorRefused(BAD_LOGIN, path=path)


def failure_of(error: Any) -> VendorFailure | TokenOver:
    content = error.content if isinstance(error.content, list) else [error.content]
    codes = {one.get("errorCode") for one in content if isinstance(one, dict)}
    if error.status == 401:
        return TokenOver()
    if codes & {"REQUEST_LIMIT_EXCEEDED", "TXN_SECURITY_METERING_ERROR"} or error.status == 429:
        return VendorBusy("Your Salesforce takes no more API calls at the moment.", after=USED_UP)
    if codes & {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "QUERY_TIMEOUT", "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS"}:
        return VendorAway("Salesforce has a problem at the moment.")
    if error.status == 403 or codes & {"INSUFFICIENT_ACCESS", "API_DISABLED_FOR_ORG", "INVALID_TYPE"}:
        return VendorRefused(
            "Salesforce does not let the app's user read this. Give it the API permission, and read access to contacts, "
            "leads and accounts."
        )
    return VendorFailure(f"Salesforce refuses what we ask ({error.status}).")
