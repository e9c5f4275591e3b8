"""The connections of this process as the kernel sees them. Linux only; elsewhere nobody is hung up on.

Granian hands an answer to the connection and says no more about it. How fast a reader takes it, the kernel knows.
"""

import fcntl
import os
import socket
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PATIENCE: Final = 10.0  # seconds that an answer may be stuck
LEAST_SPEED: Final = 1024  # bytes a second that a reader takes, over PATIENCE
SIOCOUTQ: Final = 0x5411
LAST_RECEIVED: Final = slice(52, 56)  # milliseconds
BYTES_ACKED: Final = slice(120, 128)  # of struct tcp_info, since Linux 4.1

type Peer = tuple[str, str]  # address and port, as in an environ


@dataclass(slots=True)
class Stuck:
    acknowledged: int
    since: float


class Watch:
    """Remembers how far each reader was; `look` hangs up on those who took too little for too long."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.stuck: dict[tuple[int, Peer], Stuck] = {}

    def look(self, now: float) -> None:
        seen: dict[tuple[int, Peer], Stuck] = {}
        for number, connection, peer in connections(self.port):
            with connection:
                if not unsent(connection):
                    continue
                known, taken = self.stuck.get((number, peer)), acknowledged(connection)
                if known is None or taken - known.acknowledged >= LEAST_SPEED * PATIENCE:
                    known = Stuck(taken, now)
                if now - known.since > PATIENCE:
                    hang_up(connection)
                else:
                    seen[number, peer] = known
        self.stuck = seen


def descriptors() -> list[str]:
    """Of all that this process has open, sockets or not."""
    return os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []


def connections(port: int) -> Iterator[tuple[int, socket.socket, Peer]]:
    """(descriptor, a copy of the connection to be closed, peer) of all accepted on this port."""
    for name in descriptors():
        try:
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            connection = socket.socket(fileno=os.dup(int(name)))
        except OSError:  # closed meanwhile
            continue
        peer = peer_of(connection, port)
        if peer is None:
            connection.close()
        else:
            yield int(name), connection, peer


def peer_of(connection: socket.socket, port: int) -> Peer | None:
    try:
        if connection.family not in (socket.AF_INET, socket.AF_INET6) or connection.getsockname()[1] != port:
            return None
        address = connection.getpeername()
    except OSError:  # it listens, or is gone
        return None
    return address[0], str(address[1])


def unsent(connection: socket.socket) -> int:
    """Bytes that the peer has not acknowledged."""
    return int(struct.unpack("i", fcntl.ioctl(connection, SIOCOUTQ, b"\0\0\0\0"))[0])


def acknowledged(connection: socket.socket) -> int:
    return tcp_info(connection, BYTES_ACKED)


def silence(connection: socket.socket) -> float:
    """Seconds since the peer last sent something."""
    return tcp_info(connection, LAST_RECEIVED) / 1000


def tcp_info(connection: socket.socket, part: slice) -> int:
    return int.from_bytes(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)[part], "little")


def hang_up(connection: socket.socket) -> None:
    try:
        # Unsent bytes are thrown away: the peer would keep them, and this socket, for as long as it likes.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def hang_up_on(peer: Peer, port: int) -> None:
    for _, connection, address in connections(port):
        with connection:
            if address == peer:
                hang_up(connection)
