"""Connections run out before threads do: whoever opens thousands and says nothing keeps others from being heard.

Once most of the connections that a process may have are taken, the quietest of the address that has most are hung up
on, then again those of the one that has most, until half of them are free. What is being answered stays, and so does
what was heard of a moment ago.
"""

import heapq
import resource
import socket
from collections import Counter
from collections.abc import Callable, Container
from contextlib import ExitStack
from typing import Final

from jimo_site.serving.sockets import Peer, connections, descriptors, hang_up, silence, unsent
from users.ground.addresses import network_of

CROWDED: Final = 0.75  # of all connections
HEARD: Final = 0.5  # seconds: who said something since is not quiet
FILES: Final = 256  # descriptors beside connections: the database's, spooled bodies and answers
MOST_FILES: Final = 65_536


def allow_files() -> int:
    """Allow this process as many descriptors as it may have; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if most > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(most, soft)


class Crowd:
    """`busy()` answers the peers whose requests are being answered."""

    def __init__(self, port: int, most: int, busy: Callable[[], Container[Peer]]) -> None:
        self.port, self.most, self.busy = port, most, busy

    def look(self, now: float) -> None:
        if len(descriptors()) <= self.most * CROWDED:
            return
        with ExitStack() as stack:
            found = [(peer, stack.enter_context(connection)) for _, connection, peer in connections(self.port)]
            if len(found) > self.most * CROWDED:
                self.thin_out(found)

    def thin_out(self, found: list[tuple[Peer, socket.socket]]) -> None:
        busy = self.busy()
        quiet: dict[str, list[tuple[float, int]]] = {}
        counts: Counter[str] = Counter()
        for place, (peer, connection) in enumerate(found):
            network = network_of(peer[0])
            counts[network] += 1
            if peer not in busy and not unsent(connection) and (quiet_for := silence(connection)) > HEARD:
                quiet.setdefault(network, []).append((quiet_for, place))
        for items in quiet.values():
            items.sort()
        fullest = [(-count, network) for network, count in counts.items()]
        heapq.heapify(fullest)
        for _ in range(len(found) - self.most // 2):
            count, network = fullest[0]
            if not quiet.get(network):  # those who have fewer do not pay for it: the next look will find some
                return
            hang_up(found[quiet[network].pop()[1]][1])
            heapq.heapreplace(fullest, (count + 1, network))
