"""Which addresses may be called: those that everybody on the internet can call."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from django.conf import settings

type Address = IPv4Address | IPv6Address

NAT64: Final = ip_network("64:ff9b::/96")  # an IPv4 address in its last 32 bits
RELAY_6TO4: Final = ip_network("192.88.99.0/24")


def meant(address: Address) -> Address:
    """The address that is really called where one is written within another: IPv4-mapped, NAT64, 6to4, Teredo."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        if address.sixtofour:
            return address.sixtofour
        if address.teredo:
            return address.teredo[1]
    return address


def why_not(text: str) -> str:
    """Why this address is not called, to follow "which is"; empty if it is."""
    address = meant(ip_address(text.partition("%")[0]))
    if address.is_unspecified or address.is_multicast:
        return "no address of one server"
    if address.is_link_local:
        return "an address of this server's own network link"
    if address.is_loopback or address.is_private:
        return "" if settings.ALLOW_PRIVATE_CONNECTIONS and local(address) else "a private address"
    if not address.is_global or address.is_reserved or address in RELAY_6TO4:
        return "a reserved address"
    return "a private address" if isinstance(address, IPv6Address) and address.is_site_local else ""


LOCAL: Final = [
    ip_network(text) for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
]


def local(address: Address) -> bool:
    """Private networks and this machine, without what is private for other reasons (0.0.0.0/8, documentation)."""
    return any(address in network for network in LOCAL)
