"""The columns that the Users list can show: every attribute, and which sources a user has."""

from dataclasses import dataclass

from users.finding.listing import SORTS, order_of
from users.models import NATIVE, Project, ProjectPreference
from users.registry.attributes import Definition, registry

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
    def read(self) -> str | None:
        """The field of a user that holds it, if one does."""
        if self.definition is None:
            return "sources"
        if self.definition.source != NATIVE:
            return "attributes"
        return self.definition.key if self.definition.key != "tags" else None

    @property
    def sort(self) -> str:
        """What the address sorts by, or empty where no index serves."""
        return (
            self.definition.key
            if self.definition and self.definition.source == NATIVE and self.definition.key in SORTS
            else ""
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


def fields_read(columns: list[ListColumn], sort: str) -> list[str]:
    """The fields of users that a list of these columns, in this order, is made of: their documents may be large."""
    return sorted({*FIRST, order_of(sort).column, *(column.read for column in columns if column.read)})
