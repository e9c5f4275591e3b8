"""Users as rules see them: a stored row, or a profile that the write path holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from segments.models import Membership
from users.models import EndUser, UserTag
from users.writing.records import Profile


class Looked:
    """Reads what a rule asks for beyond the row, at most once each."""

    pk: int

    def __init__(self) -> None:
        self.memo: dict[Any, Any] = {}
        self._tags: Sequence[str] | None = None
        self._entered: dict[int, datetime] | None = None

    def tag_names(self) -> Sequence[str]:
        if self._tags is None:
            self._tags = list(UserTag.objects.filter(user_id=self.pk).values_list("tag__name", flat=True))
        return self._tags

    def entered(self) -> dict[int, datetime]:
        if self._entered is None:
            rows = Membership.objects.filter(user_id=self.pk)
            self._entered = dict(rows.values_list("segment_id", "entered_at"))
        return self._entered

    def in_static(self, segment: int) -> bool:
        return segment in self.entered()

    def since(self, segment: int) -> datetime | None:
        return self.entered().get(segment)

    def events(self, name: str) -> list[datetime]:
        return []

    def group_values(self, key: str) -> list[Any]:
        return []


class StoredPerson(Looked):
    """A row of EndUser."""

    def __init__(self, row: EndUser) -> None:
        super().__init__()
        self.row, self.pk = row, row.pk

    @property
    def attributes(self) -> Mapping[str, Any]:
        return self.row.attributes

    @property
    def folded(self) -> Mapping[str, Any]:
        return self.row.folded

    def native(self, key: str) -> Any:
        return getattr(self.row, key)


class ProfilePerson(Looked):
    """A profile in the middle of a write: with what the call did to it, before it is stored."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self.profile, self.pk = profile, profile.id

    @property
    def attributes(self) -> Mapping[str, Any]:
        return self.profile.attributes

    @property
    def folded(self) -> Mapping[str, Any]:
        return self.profile.folded

    def native(self, key: str) -> Any:
        return getattr(self.profile, key)

    def tag_names(self) -> Sequence[str]:
        known = self.profile.tags
        return super().tag_names() if known is None else list(known.values())

    def entered(self) -> dict[int, datetime]:
        return super().entered() if self.pk else {}

    def in_static(self, segment: int) -> bool:
        return segment in self.profile.memberships
