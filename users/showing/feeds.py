"""Which connection a value came by, whether it still works, and the record that the value was read from."""

from typing import Any

from users.extend import Feed, feeds
from users.models import OriginKind
from users.models.documents import ProvenanceEntry


class FeedsOf:
    """The connections of a project, and one user's records there; asked for when they are first needed."""

    def __init__(self, project: Any, user: int | None = None) -> None:
        self.project, self.user = project, user
        self._feeds: list[Feed] | None = None
        self._records: dict[int, str] | None = None

    def all(self) -> list[Feed]:
        if self._feeds is None:
            self._feeds = [feed for found in feeds.all().values() for feed in found.of_project(self.project)]
        return self._feeds

    def of_source(self, source: str) -> list[Feed]:
        return [feed for feed in self.all() if feed.source == source]

    def of_value(self, source: str, key: str, entry: ProvenanceEntry | None) -> Feed | None:
        """The one that wrote the value; without a value, one that would."""
        mine = self.of_source(source)
        if entry and entry["k"] == OriginKind.SYNC and entry["o"] is not None:
            return next((feed for feed in mine if feed.id == entry["o"]), None)
        return next((feed for feed in mine if key in feed.keys), None)

    def record(self, feed: Feed) -> str:
        """The address of the user's record, or "" where none is known."""
        if self.user is None:
            return ""
        if self._records is None:
            self._records = {}
            for found in feeds.all().values():
                self._records |= found.records_of(self.user)
        return self._records.get(feed.id, "")
