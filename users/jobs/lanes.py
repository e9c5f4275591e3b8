"""The lanes of background work: what is in one never waits for what is in another. This is their only table."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Lane:
    """A worker process runs `threads` jobs of the lane at once. The lane's wake-ups go to the queue of its name."""

    name: str
    threads: int
    words: str  # what is in it, for people


LANES: Final = {
    lane.name: lane
    for lane in (
        Lane("default", 1, "Edits and counts"),
        Lane("segments", 1, "Segments"),  # a pass over a million users must not hold up tagging
        Lane("imports", 1, "Imports"),
        Lane("syncs", 4, "Syncs"),  # they mostly wait for other people's servers
        Lane("deliveries", 1, "Deliveries"),
        Lane("audiences", 1, "Audience syncs"),
    )
}
