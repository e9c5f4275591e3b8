"""HubSpot's OAuth: where a member is sent to, what the code that comes back is exchanged for, and renewed access.

It is offered where the server has an app of its own: HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET.
"""

import base64
import hashlib
import secrets
import time
from typing import Final
from urllib.parse import quote, urlencode

from django.conf import settings

from integrations.connectors.base import BASE_URL, Json, Link
from integrations.connectors.failures import VendorAway, VendorRefused
from integrations.connectors.hubspot_client import RAW, Api
from integrations.connectors.renewing import renew

AUTHORIZE: Final = "https://app.hubspot.com/oauth/authorize"
SCOPES: Final = ("oauth", "crm.objects.contacts.read", "crm.schemas.contacts.read")
# Asked for, and given where the member has them: an account without deals must not fail.
OPTIONAL: Final = ("crm.objects.companies.read", "crm.schemas.companies.read", "crm.objects.deals.read",
                   "crm.schemas.deals.read", "crm.lists.read", "crm.lists.write")  # fmt: skip
EARLY: Final = 120.0  # seconds before its end that access is renewed
GRANTED: Final = ("access_token", "refresh_token", "expires_at")


def is_offered() -> bool:
    return bool(settings.HUBSPOT_CLIENT_ID and settings.HUBSPOT_CLIENT_SECRET)


def new_verifier() -> str:
    """The secret half of PKCE, kept in the member's session."""
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorize_url(redirect_uri: str, state: str, verifier: str) -> str:
    asked = {
        "client_id": settings.HUBSPOT_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": " ".join(SCOPES),
        "optional_scope": " ".join(OPTIONAL),
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    return f"{AUTHORIZE}?{urlencode(asked, quote_via=quote)}"


def exchange(code: str, redirect_uri: str, verifier: str, base_url: str = "") -> Json:
    """The credentials that a code is good for, once."""
    given = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    return ask_for_token(given, {BASE_URL: base_url} if base_url else {})


def refreshed(credentials: Json) -> Json:
    given = {"grant_type": "refresh_token", "refresh_token": str(credentials["refresh_token"])}
    return ask_for_token(given, credentials)


def ask_for_token(given: dict[str, str], before: Json) -> Json:
    """POST /oauth/v1/token. The client's own method for it does not know `code_verifier`."""
    from hubspot import oauth

    if not is_offered():
        raise VendorRefused("This server has no HubSpot app: set HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET.")
    part = Api(Link(before), "").made(oauth, "TokensApi", {"access_token": ""})
    app = {"client_id": settings.HUBSPOT_CLIENT_ID, "client_secret": settings.HUBSPOT_CLIENT_SECRET}
    try:
        answer = part.api_client.call_api(
            "/oauth/v1/token", "POST", post_params=list({**given, **app}.items()),
            header_params={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}, **RAW,
        )  # fmt: skip
    except VendorRefused:
        raise VendorRefused("HubSpot does not let the app in any more. Connect again.") from None
    token, further, seconds = (answer.get(name) for name in ("access_token", "refresh_token", "expires_in"))
    if not isinstance(token, str) or not token or not isinstance(seconds, int) or not 0 < seconds < 10**8:
        raise VendorAway("HubSpot's answer is not as its description says.")
    kept = further if isinstance(further, str) and further else before.get("refresh_token", "")
    return {**before, "access_token": token, "refresh_token": kept, "expires_at": time.time() + seconds}


def token_of(link: Link) -> str:
    """What to log in with. Access that is about to run out is renewed first."""
    credentials = link.credentials
    if not credentials.get("refresh_token"):
        return str(credentials.get("token") or "").strip()
    if float(credentials.get("expires_at") or 0) - EARLY < time.time():
        renew_access(link)
    return str(link.credentials.get("access_token") or "")


def renew_access(link: Link) -> None:
    renew(link, str(link.credentials.get("access_token") or ""), refreshed)
