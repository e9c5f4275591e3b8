"""The columns that the Users list can show: every attribute, and which sources a user has."""

from dataclasses import dataclass

from users.finding.listing import DEFAULT_SORT, SORTS, Order, order_in_document, order_of
from users.models import NATIVE, Project, ProjectPreference
from users.registry.attributes import Definition, registry
from users.types.table import TYPES

SOURCES = "sources"
DEFAULT = ["native.email", "native.tags", SOURCES, "native.sessions", "native.last_activity"]
ALWAYS = ("native.name",)  # part of the first column
FIRST = ("jimer_id", "user_id", "name", "email")  # what the first column is made of


@dataclass(frozen=True, slots=True)
class ListColumn:
    field: str
    label: str
    definition: Definition | None

    @property
    def source(self) -> str:
        return self.definition.source if self.definition else NATIVE

    @property
    def tiles(self) -> list[str]:
        """Whose mark it has where attributes of several sources are listed."""
        return [] if self.source == NATIVE else [self.source]

    @property
    def read(self) -> str | None:
        """The field of a user that holds it, if one does."""
        if self.definition is None:
            return "sources"
        if self.definition.source != NATIVE:
            return "attributes"
        return self.definition.key if self.definition.key != "tags" else None

    @property
    def sort(self) -> str:
        """What the address sorts by; empty for lists, which have no order, and where the order would tell a secret."""
        if self.definition is None or self.definition.sensitive or TYPES[self.definition.type].has_items:
            return ""
        if self.definition.source == NATIVE:
            return self.definition.key if self.definition.key in SORTS else ""
        return self.field

    @property
    def is_text(self) -> bool:
        """Whether one expects A before Z; of all else, the largest first."""
        return self.definition is not None and TYPES[self.definition.type].begins_low

    def order(self, descending: bool) -> Order:
        """Of an attribute that is no native one."""
        assert self.definition is not None
        kind = TYPES[self.definition.type]
        return order_in_document(
            self.definition.ref, folded=kind.is_folded, descending=descending, is_truth=kind.is_truth
        )


def known_columns(project: Project) -> dict[str, ListColumn]:
    """By FIELD, as of when the project was read; archived attributes are not offered."""
    columns = {SOURCES: ListColumn(SOURCES, "Sources", None)}
    for definition in registry(project.pk, project.version).all():
        if not definition.archived and definition.field not in ALWAYS:
            columns[definition.field] = ListColumn(definition.field, definition.label, definition)
    return columns


def chosen_columns(known: dict[str, ListColumn], preference: ProjectPreference) -> list[ListColumn]:
    """The member's columns, or the default ones; what is gone since is left out."""
    fields = DEFAULT if preference.columns is None else preference.columns
    return [known[field] for field in fields if field in known]


def order_by(known: dict[str, ListColumn], sort: str) -> Order:
    """The order that an address asks for: by a native attribute's key or any other's FIELD, with - the largest first.
    Else, or where that would tell a secret, the newest activity first."""
    name = sort.removeprefix("-")
    column = known.get(name) or known.get(f"{NATIVE}.{name}")
    if column is not None and column.sort != name:
        return order_of(DEFAULT_SORT)
    if column is not None and column.field == name:
        return column.order(sort.startswith("-"))
    return order_of(sort)


def fields_read(columns: list[ListColumn], order: Order) -> list[str]:
    """The fields of users that a list of these columns, in this order, is made of: their documents may be large."""
    sorted_by = order.document or order.column
    return sorted({*FIRST, sorted_by, *(column.read for column in columns if column.read)})
