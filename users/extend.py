"""What later apps add to the pages and answers of `users`, which must not import them.

Each registry is filled in AppConfig.ready() and read-only afterwards. `segments` and `integrations` register
here; a test holds the direction integrations -> segments -> users.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Extensions[T]:
    """Named entries in the order of their registration; a name registered twice is a programming error."""

    def __init__(self) -> None:
        self._entries: dict[str, T] = {}

    def add(self, name: str, entry: T) -> None:
        if name in self._entries:
            raise ValueError(f"{name!r} is registered already")
        self._entries[name] = entry

    def get(self, name: str) -> T | None:
        return self._entries.get(name)

    def all(self) -> dict[str, T]:
        return dict(self._entries)


@dataclass(frozen=True, slots=True)
class Source:
    """Where attributes come from: how it is called and marked, and where a wrong value is fixed.

    `simple_icon` is a django-simple-icons name, `icon` a file under static/icons/; exactly one, or neither for
    native, which is marked by a label. `fix` fills {name} and {key}: "Read from the HubSpot property {key}. ..."
    """

    slug: str
    name: str
    simple_icon: str = ""
    icon: str = ""
    fix: str = ""
    how_set: str = ""  # for the registry: "HubSpot property {key}"


@dataclass(frozen=True, slots=True)
class ProfileTab:
    """A tab of the profile. `view(request, user)` renders its fragment; `count(request, user)` may be None."""

    slug: str
    label: str
    view: Callable[[Any, Any], Any]
    count: Callable[[Any, Any], int | None] | None = None


type Uses = dict[str, list[tuple[str, str]]]  # FIELD, or "tag:FOLDED NAME" -> [(name, url)]


def uses_in(project: Any) -> Uses:
    """What uses the attributes and tags of the project: all that later apps say of it, together."""
    made: Uses = {}
    for find in used_by.all().values():
        for name, links in find(project).items():
            made.setdefault(name, []).extend(links)
    return made


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A link of the sidebar, under `section`; `url_name` takes the project's slug."""

    section: str
    label: str
    url_name: str
    permission: str
    icon: str = ""
    match: tuple[str, ...] = field(default=())  # further url names that light it up


class Follower(Protocol):
    """What is kept right about a user in the very transaction of each write: the segments they are in.

    Profiles are users.writing.records.Profile: `memberships` are the ids as read, then as decided; `moves` what to
    write.
    """

    def column(self, vendor: str) -> str:
        """SQL for the memberships of the user `u` as a JSON array, read with each profile."""
        ...

    def decide(
        self, project_id: int, version: int, profile: Any, refs: Iterable[str], now: datetime, all_of_them: bool
    ) -> None:
        """Move the profile's memberships to what they are now that `refs` changed; writes nothing."""
        ...

    def write(self, profiles: Iterable[Any], now: datetime) -> None:
        """Write the profiles' moves, within the caller's transaction and under its locks."""
        ...

    def forget(self, users: Iterable[int], now: datetime) -> None:
        """These users are about to be erased."""
        ...

    def merged(self, survivor: Any, absorbed: Any, now: datetime) -> None:
        """The absorbed profile is nobody any more; what it was put into by hand goes to the survivor."""
        ...

    def unmerged(self, project_id: int, survivor: int, absorbed: int, merged_at: datetime, now: datetime) -> None:
        """Both are users again."""
        ...


class Outbox(Protocol):
    """Notes what happens to users in the very transaction in which it happens, for those who are told later.

    `version` is the project's, as read with the data: what is known by it (whether anybody is to be told at all) costs
    no query. Profiles are users.writing.records.Profile, whose `drafts` and `moves` say what changed.
    """

    def written(self, project_id: int, version: int, profiles: Iterable[Any], now: datetime) -> None:
        """These profiles were just written."""
        ...

    def merged(self, project_id: int, version: int, survivor: Any, absorbed: Any, merge: Any, now: datetime) -> None:
        """The absorbed profile is nobody any more; `merge` is the row that says what the survivor got."""
        ...

    def unmerged(
        self,
        project_id: int,
        version: int,
        survivor: Any,
        absorbed: Any,
        draft: Any,
        tags: Iterable[str],
        now: datetime,
    ) -> None:
        """Both are users again: the survivor lost what `draft` says, and these tags."""
        ...

    def moved(self, project_id: int, version: int, moves: Iterable[tuple[int, int, bool, str]], now: datetime) -> None:
        """Memberships were written that no profile's `moves` say: (user, segment, entered, cause)."""
        ...


@dataclass(frozen=True, slots=True)
class ListPart:
    """A part of the Users page, below its search: `template` with what `context(request)` adds.

    `check(request)` raises Refused for what the member may not ask.
    """

    template: str
    context: Callable[[Any], dict[str, Any]]
    check: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class BulkAction:
    """What can be done to the users that are picked in the list, by members with the permission.

    `button` is a template in the bar of the selection, `dialog` one beside it that the button opens. A form with
    [data-of-selection] in it gets who is picked as ids=, or all=1 and query=: see users.views.bulk.selection.
    """

    permission: str
    button: str
    dialog: str


@dataclass(frozen=True, slots=True)
class Affected:
    """What a change of an attribute does to something that uses it. `broken` is why it stops working, or empty."""

    name: str
    url: str
    members: int
    visible: bool  # to browsers: targeting follows it
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A connection that brings values of a source into a project. `trouble` is why nothing arrives, or empty:
    "HubSpot is paused, so changes there do not arrive."
    """

    id: int  # the origin of what it wrote
    source: str
    name: str
    url: str
    keys: frozenset[str]
    trouble: str = ""
    synced: datetime | None = None


class Feeds(Protocol):
    """What later apps know of the values that come from elsewhere."""

    def of_project(self, project: Any) -> list[Feed]: ...

    def records_of(self, user: int) -> dict[int, str]:
        """Feed id -> the address of the user's own record at the vendor."""
        ...


@dataclass(frozen=True, slots=True)
class HelpPage:
    """A page under /help/ that a later app brings."""

    heading: str
    template: str  # the text alone: frame, anchors and contents are drawn around it
    context: Callable[[], dict[str, Any]]
    description: str = ""  # one line for the index


@dataclass(frozen=True, slots=True)
class Loop:
    """Work that each worker which takes jobs of the lane has a thread for, besides those for jobs: what `begin()`
    returns is called again and again, `seconds` after it came back. It looks at users.jobs.machinery.stopping itself.
    """

    lane: str
    seconds: float
    begin: Callable[[], Callable[[], object]]


help_pages: Extensions[HelpPage] = Extensions()
list_parts: Extensions[ListPart] = Extensions()
list_actions: Extensions[NavigationEntry] = Extensions()  # buttons above the list of users; the section says nothing
bulk_actions: Extensions[BulkAction] = Extensions()
used_by: Extensions[Callable[[Any], Uses]] = Extensions()  # name -> function(project)
# name -> function(attribute, change) returning what the change would do to those that use the attribute
consequences: Extensions[Callable[[Any, Any], list[Affected]]] = Extensions()
page_tabs: Extensions[Callable[[Any], list[dict[str, Any]]]] = (
    Extensions()
)  # beside "Users": label, url, count, current
sources: Extensions[Source] = Extensions()
profile_tabs: Extensions[ProfileTab] = Extensions()
navigation: Extensions[NavigationEntry] = Extensions()
followers: Extensions[Follower] = Extensions()
outboxes: Extensions[Outbox] = Extensions()
# Parameters that narrow lists of users: name -> function(project, text, rows) returning rows, or raising Refused.
user_filters: Extensions[Callable[[Any, str, Any], Any]] = Extensions()
# name -> function(project, parameters) returning those that say the same today, or None if they are of today
former_filters: Extensions[Callable[[Any, Mapping[str, str]], dict[str, str] | None]] = Extensions()
# name -> function(field, type, stored value) returning the parameters that select the users who have it; None: any value
value_filters: Extensions[Callable[[str, str, Any], dict[str, str]]] = Extensions()
feeds: Extensions[Feeds] = Extensions()
# name -> function(project, primary keys of users who are about to be erased), within the transaction that erases them
erasers: Extensions[Callable[[Any, Iterable[int]], None]] = Extensions()
loops: Extensions[Loop] = Extensions()
belongings: Extensions[Any] = Extensions()  # models with a project and many rows: deleted with it, in chunks
duties: Extensions[Any] = Extensions()  # users.background.periodic.Duty: what else the worker does by the clock
# name -> function(project, answer, to a browser?) returning what to add to an identify answer under that name
answer_parts: Extensions[Callable[[Any, Any, bool], Any]] = Extensions()

# "app.Model.field" of each column whose texts are encrypted (users/ground/secrets.py): what a new key encrypts anew
encrypted_columns: Extensions[str] = Extensions()

encrypted_columns.add("identity secrets", "users.Project.identity_secret")
sources.add("native", Source("native", "Native", how_set="automatic"))
sources.add("custom", Source("custom", "Custom", icon="icons/mark.svg", how_set="user:attributes"))
