"""Calls of vendors that answer in JSON: to checked addresses, bounded in time and size, their refusals in our words."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from integrations.connectors.failures import VendorAway, VendorBusy, VendorFailure, VendorRefused
from integrations.outside.calls import Reply, call
from integrations.outside.errors import NoAnswer, NotAllowed

SECONDS: Final = 20.0
MOST_BYTES: Final = 20 << 20
LONGEST_WAIT: Final = 24 * 3600.0


class NotThere(VendorFailure):
    """404: the vendor has no such thing."""


def asked(
    vendor: str, method: str, address: str, headers: Mapping[str, str], body: Any = None, seconds: float = SECONDS
) -> tuple[Any, Mapping[str, str]]:
    """The answer and its headers. Raises VendorFailure, without what the vendor said."""
    sent = None if body is None else json.dumps(body).encode()
    more = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if sent is not None else {})
    try:
        reply = call(method, address, body=sent, headers={**more, **headers}, seconds=seconds, most_bytes=MOST_BYTES)
    except NotAllowed as refusal:
        raise VendorRefused(str(refusal)) from None
    except NoAnswer as refusal:
        raise VendorAway(f"{vendor} cannot be reached: {refusal}") from None
    if not 200 <= reply.status < 300:
        raise failure_of(vendor, reply)
    try:
        found = json.loads(reply.body) if not reply.cut else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict | list):
        raise VendorAway(f"{vendor} gave an answer that cannot be read.")
    return found, reply.headers


def failure_of(vendor: str, reply: Reply) -> VendorFailure:
    match reply.status:
        case 401:
            return VendorRefused(f"{vendor} does not accept the token. It may be wrong, or revoked.", path="token")
        case 403:
            return VendorRefused(f"{vendor} lets us in, but the token lacks a permission that is needed.", path="token")
        case 429:
            return VendorBusy(f"{vendor} asks us to wait: too many calls.", after=wait_of(reply.headers))
    if reply.status >= 500 or reply.status in (408, 409, 425):
        return VendorAway(f"{vendor} has a problem at the moment ({reply.status}).")
    kind = NotThere if reply.status == 404 else VendorFailure
    return kind(f"{vendor} refuses what we ask ({reply.status}).")


def wait_of(headers: Mapping[str, str], other: float = 10) -> float:
    """Seconds until the vendor wants to be asked again: Retry-After, or X-RateLimit-Reset in epoch seconds."""
    for name, now in (("retry-after", 0.0), ("x-ratelimit-reset", time.time())):
        try:
            seconds = float(headers.get(name, "")) - now
        except ValueError:
            continue
        if seconds < LONGEST_WAIT:  # also not a number is
            return max(seconds, 1.0)
    return other
