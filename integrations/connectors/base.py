"""What a connector is: how it logs in, what it knows of people, and how to read them page by page.

A connector only talks to its vendor. Who a record is, what is written and where a run goes on is decided in
integrations/syncing/, in the same way for all of them. A connector keeps nothing between two calls but what it
returns: another process asks for the next page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Literal

from integrations.connectors.failures import VendorRefused
from users.extend import Source

type Json = dict[str, Any]
type Direction = Literal["in", "out", "both"]

BASE_URL: Final = "base_url"


@dataclass(frozen=True, slots=True)
class Field:
    """One credential that the form and the API ask for. Secret ones are never shown again."""

    name: str
    label: str
    help: str = ""
    secret: bool = True
    required: bool = True
    multiline: bool = False
    example: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """A kind of the vendor's records. `people` ones are matched with users; others only lend them properties."""

    slug: str  # "contacts"
    label: str  # "Contacts"
    people: bool = True
    preselected: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """A property as the vendor describes it. `name` is unique in the connection: "lifecyclestage", "company.industry".

    `type` is one of ours (users/types/table.py). `options` are the vendor's internal value -> label, of enumerations.
    """

    name: str
    label: str
    type: str = "string"
    object: str = "contacts"
    description: str = ""
    group: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    preselected: bool = False
    identifies: str = ""  # "email" or "user_id": can be matched with users by it; the connector's own guess

    @property
    def key(self) -> str:
        """The attribute's key, unless somebody chooses another one."""
        return self.name


@dataclass(frozen=True, slots=True)
class Record:
    """One person at the vendor, with the properties that were asked for.

    `values` holds what the vendor says of each property: None (or not there) is empty. `at` is when the vendor
    changed it last: the time that its values count from. `keys` are further values of the property that users are
    matched by, such as a contact's other emails. `gone` records were archived, merged or deleted.
    """

    object: str
    id: str
    at: datetime
    values: Mapping[str, Any] = field(default_factory=dict)
    keys: Sequence[str] = ()
    label: str = ""  # how people know it: an email or a name
    gone: bool = False


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that could not be read, and why."""

    object: str
    id: str
    reason: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a run reads. `since` is the `cursor` that an earlier run ended with; None asks for all there is."""

    objects: Sequence[str]
    properties: Sequence[str]  # names, those that are mapped and the one that users are matched by
    since: Json | None = None
    now: datetime | None = None  # when the run began
    match: str = "email"  # the property that users are matched by; Record.keys are further values of this one


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, and where to go on: `position` is handed back for the next page, None ends the run.

    `cursor` is what the next run begins with; only the last page's counts. `left` is how many records are still to
    come, if the vendor says so. `pause` seconds are waited before the next page, to stay within its limits.
    `vanished` names properties that were asked for and that the vendor has no more: their values are unknown, not
    empty, so nothing is removed for them. `whole`, on a run's last page, says that the run read all there is though it
    was asked for changes: records that it did not meet are gone.
    """

    records: Sequence[Record | BadRecord]
    position: Json | None = None
    cursor: Json | None = None
    left: int | None = None
    pause: float = 0
    vanished: Sequence[str] = ()
    whole: bool = False


@dataclass(slots=True)
class Link:
    """One connection as connectors see it. `credentials` is what was entered, and what the vendor gave since.

    A connector that refreshes a token calls `keep`, which stores it for all processes before it is used.
    """

    credentials: Json
    state: Json = field(default_factory=dict)  # what check() found out, such as the vendor's account id
    pk: int | None = None

    @property
    def base_url(self) -> str:
        """Where the vendor is, if not where it always is: for tests and local servers. No slash at its end."""
        return str(self.credentials.get(BASE_URL) or "").rstrip("/")

    def keep(self, credentials: Json) -> None:
        """Store refreshed credentials. Overwritten by integrations/syncing/links.py for stored connections."""
        self.credentials = credentials


class Connector:
    """Subclasses are found by their file; `slug` is the source of what they write."""

    slug: ClassVar[str]
    source: ClassVar[Source]  # name, mark, and the sentences that say where a wrong value is fixed
    description: ClassVar[str]  # one line for the catalogue
    direction: ClassVar[Direction] = "in"
    fields: ClassVar[tuple[Field, ...]] = ()
    objects: ClassVar[tuple[ObjectKind, ...]] = (ObjectKind("contacts", "Contacts"),)
    setup: ClassVar[str] = ""  # where to find the credentials, in one or two sentences
    docs_url: ClassVar[str] = ""
    match_property: ClassVar[str] = "email"  # what users are matched by unless somebody chooses otherwise
    match_on: ClassVar[str] = "native.email"
    listed: ClassVar[bool] = True  # in the catalogue
    has_host: ClassVar[bool] = True  # of the vendor's own, in whose place base_url can be given
    audiences: ClassVar[bool] = False  # segments can be kept there, as a tag or a list of records
    audience_word: ClassVar[str] = "list"  # what the vendor calls it
    audience_object: ClassVar[str] = "contacts"  # the kind of record that is in it
    audience_batch: ClassVar[int] = 250  # records that are changed in one go, within seconds

    def check(self, link: Link) -> Json:
        """Log in. Returns what to remember, with "account" for people: {"account": "Fernhill (portal 123)"}."""
        raise NotImplementedError

    def matches(self, link: Link, account: Json) -> tuple[str, str]:
        """The property and the field that users are matched by at first; `account` is what check() returned."""
        return self.match_property, self.match_on

    def properties(self, link: Link, objects: Sequence[str]) -> list[Property]:
        """What can be mapped, of these kinds of records."""
        raise NotImplementedError

    def page(self, link: Link, ask: Ask, position: Json) -> Page:
        """The next records. `position` is {} at the beginning of a run, then what the page before returned."""
        raise NotImplementedError

    def sample(self, link: Link, ask: Ask, count: int) -> list[Record | BadRecord]:
        """A few real records, for the preview."""
        return list(self.page(link, ask, {}).records)[:count]

    def fetch(self, link: Link, ask: Ask, ids: Sequence[tuple[str, str]]) -> list[Record | BadRecord] | None:
        """These records (object, id), read again; those that are no more are `gone`. None: the vendor cannot say."""
        return None

    def make_audience(self, link: Link, name: str) -> str:
        """The vendor's id of the tag or list of this name, which is made if it is not there.

        The same id for the same name: a worker that dies before it could keep the id asks again.
        """
        raise NotImplementedError

    def change_audience(
        self, link: Link, audience: str, add: Sequence[str], remove: Sequence[str]
    ) -> list[tuple[str, str]]:
        """Put records in and take others out. Those that failed, each with the reason; who is in already does not.

        To remove what is not there is no failure. Raises VendorRefused where the tag or list is gone.
        """
        raise NotImplementedError

    def audience_members(self, link: Link, audience: str, position: Json) -> tuple[list[str], Json | None]:
        """Records that are in it, and where the next ones begin (None: these are the last). {} at the beginning."""
        raise NotImplementedError

    def record_url(self, link: Link, object: str, record_id: str) -> str:
        """The record's page at the vendor, or "" if it has none."""
        return ""

    def property_url(self, link: Link, name: str) -> str:
        """Where the property is set up at the vendor, or ""."""
        return ""

    def sign_in(self) -> str:
        """The name of the page that leads to the vendor's own sign-in (OAuth), or "" if none is set up here."""
        return ""

    def check_credentials(self, credentials: Mapping[str, Any]) -> None:
        """Raises VendorRefused for credentials that cannot be right, before anything is asked of the vendor."""
        known = {one.name for one in self.fields} | ({BASE_URL} if self.has_host else set())
        for name in credentials:
            if name not in known:
                allowed = ", ".join(sorted(one.name for one in self.fields))
                raise VendorRefused(f"{self.source.name} takes no {name!r}; it takes {allowed}.", path=name)
        for one in self.fields:
            value = credentials.get(one.name)
            if one.required and not (isinstance(value, str) and value.strip()):
                raise VendorRefused(f"{one.label} is missing.", path=one.name)
            if value is not None and not isinstance(value, str):
                raise VendorRefused(f"{one.label} is a text.", path=one.name)
            if one.choices and value and value not in dict(one.choices):
                raise VendorRefused(f"{one.label} is one of {', '.join(dict(one.choices))}.", path=one.name)
