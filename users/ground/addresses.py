"""Where a call comes from, for everything that counts calls by address."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from users.ground.secrets import keyed_hash

TRANSLATED: Final = IPv6Network("64:ff9b::/96")  # IPv4 callers, as a network that speaks IPv6 alone shows them


def client_address(request: HttpRequest) -> str:
    """The caller's address: behind TRUSTED_PROXIES proxies, what the outermost of them saw."""
    proxies = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return request.META.get("REMOTE_ADDR", "")


def address_bucket(request: HttpRequest) -> str:
    """32 letters that stand for the caller wherever calls or attempts are counted; no address can be read from them.

    IPv6 callers choose the last 64 bits of their address as they like, so all of a /64 are one.
    """
    return keyed_hash(network_of(client_address(request)))[:32]


def network_of(address: str) -> str:
    """The IPv4 address, whichever way it is written, or the IPv6 /64; another text as it is."""
    try:
        found = ip_address(without_port(address))
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            found = found.ipv4_mapped
        elif found in TRANSLATED:
            found = IPv4Address(int(found) & 0xFFFFFFFF)
        else:
            return str(IPv6Network((int(found), 64), strict=False))
    return str(found)


def without_port(address: str) -> str:
    """Some proxies write 192.0.2.1:5000 and [2001:db8::1]:5000."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
