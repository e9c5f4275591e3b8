"""HubSpot's webhooks: whether a message is HubSpot's (its signature, version 3), and which contacts it is about."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any, Final

OLDEST: Final = 300.0  # seconds between HubSpot's sending and our reading
MOST_EVENTS: Final = 1000  # HubSpot sends 100 at once
RECORD_ID: Final = re.compile(r"[0-9]{1,30}", re.ASCII)
# What HubSpot encodes in the address it signs is decoded there.
DECODED: Final = {"%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(",
                  "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";"}  # fmt: skip


class BadMessage(ValueError):
    """It was signed, and is not as HubSpot writes its messages."""


def signature(secret: str, method: str, address: str, body: bytes, timestamp: str) -> str:
    for encoded, plain in DECODED.items():
        address = re.sub(re.escape(encoded), lambda _, plain=plain: plain, address, flags=re.IGNORECASE)  # type: ignore[misc]
    text = f"{method}{address}".encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def is_signed(
    secret: str, method: str, address: str, body: bytes, timestamp: str, given: str, now: float
) -> bool:  # fmt: skip
    """`timestamp` is in milliseconds since 1970, `now` in seconds."""
    if not secret or not re.fullmatch(r"[0-9]{1,15}", timestamp, re.ASCII):
        return False
    if abs(now - int(timestamp) / 1000) > OLDEST:
        return False
    return hmac.compare_digest(signature(secret, method, address, body, timestamp).encode(), given.encode())


def contacts_told(body: bytes, portal: Any) -> list[str]:
    """The ids of the contacts that the message is about, of this account alone. Raises BadMessage."""
    try:
        events = json.loads(body)
    except (ValueError, RecursionError):
        raise BadMessage("The body is no JSON.") from None
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise BadMessage("The body is no list of events.")
    found: list[str] = []
    for event in events:
        if isinstance(event, dict) and event.get("portalId") == portal and is_about_contacts(event):
            found += ids_of(event)
    return list(dict.fromkeys(one for one in found if RECORD_ID.fullmatch(one)))


def is_about_contacts(event: dict[str, Any]) -> bool:
    """ "contact.propertyChange" and the like, or "object.propertyChange" with the type of contacts."""
    kind = str(event.get("subscriptionType"))
    return kind.startswith("contact.") or (kind.startswith("object.") and event.get("objectTypeId") == "0-1")


def ids_of(event: dict[str, Any]) -> list[str]:
    """The record itself, and of a merge all that took part."""
    merged = event.get("mergedObjectIds")
    named = [event.get("objectId"), event.get("primaryObjectId"), event.get("newObjectId")]
    named += merged[:100] if isinstance(merged, list) else []
    if "associationChange" in str(event.get("subscriptionType")):
        named = [event.get("fromObjectId")]
    return [str(one) for one in named if isinstance(one, int | str) and not isinstance(one, bool)]
