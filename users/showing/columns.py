"""The columns that the Users list can show: every attribute, and which sources a user has."""

from dataclasses import dataclass

from users.finding.listing import SORTS
from users.models import NATIVE, Project, ProjectPreference
from users.registry.attributes import Definition, registry_of

SOURCES = "sources"
DEFAULT = ["native.email", "native.tags", SOURCES, "native.sessions", "native.last_activity"]
ALWAYS = ("native.name",)  # part of the first column


@dataclass(frozen=True, slots=True)
class ListColumn:
    field: str
    label: str
    definition: Definition | None

    @property
    def sort(self) -> str:
        """What the address sorts by, or empty where no index serves."""
        return (
            self.definition.key
            if self.definition and self.definition.source == NATIVE and self.definition.key in SORTS
            else ""
        )


def known_columns(project: Project) -> dict[str, ListColumn]:
    """By FIELD; archived attributes are not offered."""
    columns = {SOURCES: ListColumn(SOURCES, "Sources", None)}
    for definition in registry_of(project).all():
        if not definition.archived and definition.field not in ALWAYS:
            columns[definition.field] = ListColumn(definition.field, definition.label, definition)
    return columns


def chosen_columns(known: dict[str, ListColumn], preference: ProjectPreference) -> list[ListColumn]:
    """The member's columns, or the default ones; what is gone since is left out."""
    fields = DEFAULT if preference.columns is None else preference.columns
    return [known[field] for field in fields if field in known]
