"""Connections that go to checked addresses only. Kept open between calls, as a new one costs several round trips."""

import socket
from functools import cache
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from integrations.outside.addresses import why_not
from integrations.outside.errors import NotAllowed, TookTooLong, Unreachable
from integrations.outside.sockets import TimedSocket, time_left, tls_context

HOSTS: Final = 200  # with connections kept open; of a further one, those that waited longest are closed
OPEN_EACH: Final = 8

type Found = list[tuple[socket.AddressFamily, Any]]


def addresses_of(host: str, port: int) -> Found:
    """All addresses of the name, each of them checked. Raises NotAllowed if a single one may not be called."""
    found = resolve(host, port)
    for _, address in found:
        if reason := why_not(address[0]):
            where = host if address[0] == host else f"{host} leads to {address[0]}, which"
            raise NotAllowed(f"{where} is {reason}. Only addresses on the public internet are called.")
    return found


def resolve(host: str, port: int) -> Found:
    """Ask for the addresses in a thread of their own: the system's resolver knows no deadline."""
    answers: SimpleQueue[Any] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    Thread(target=ask, name="resolve", daemon=True).start()
    try:
        found = answers.get(timeout=time_left())
    except Empty:
        raise TookTooLong(f"The name {host} was not resolved in time.")
    if isinstance(found, Exception) or not found:
        raise Unreachable(f"There is no address for the name {host}.")
    return [(family, address) for family, _, _, _, address in found]


def connect(host: str, port: int) -> TimedSocket:
    """Connect to the first of the addresses that takes it."""
    refusal: OSError | None = None
    for family, address in addresses_of(host, port):
        made = TimedSocket(family, socket.SOCK_STREAM)
        try:
            made.settimeout(time_left())
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.connect(address)
            return made
        except TimeoutError:
            made.close()
            raise TookTooLong(f"{host} did not take the connection in time.")
        except OSError as error:
            made.close()
            refusal = error
    raise Unreachable(f"{host} refuses connections at port {port}.") from refusal


class CheckedConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return connect(self._dns_host, self.port)


class CheckedTlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return connect(self._dns_host, self.port or 443)


class CheckedPool(HTTPConnectionPool):
    ConnectionCls = CheckedConnection


class CheckedTlsPool(HTTPSConnectionPool):
    ConnectionCls = CheckedTlsConnection


@cache
def pools() -> PoolManager:
    """One for the process. Proxies that the environment names are not asked: they would resolve the name anew."""
    made = PoolManager(HOSTS, maxsize=OPEN_EACH, ssl_context=tls_context())
    made.pool_classes_by_scheme = {"http": CheckedPool, "https": CheckedTlsPool}
    return made
