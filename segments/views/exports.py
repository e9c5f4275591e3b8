"""What the export dialogs ask for: a format, a layout, and the columns of the member's Users page."""

from segments.sheets.export import FORMATS, columns_of
from segments.sheets.writers import Layout
from users.accounts.access import ProjectRequest
from users.accounts.preferences import preference
from users.registry.attributes import Definition
from users.showing.columns import chosen_columns, known_columns

ALWAYS = ("native.user_id", "native.jimer_id", "native.name")


def columns_shown(request: ProjectRequest) -> list[Definition]:
    """The ids, the name, and what the member's list shows."""
    chosen = chosen_columns(known_columns(request.project), preference(request.user, request.project))
    fields = [*ALWAYS, *(item.field for item in chosen if item.definition)]
    return columns_of(request.project, list(dict.fromkeys(fields)))


def format_of(request: ProjectRequest) -> str:
    kind = request.GET.get("format", "csv")
    return kind if kind in FORMATS else "csv"


def layout_of(request: ProjectRequest) -> Layout:
    """?mark=1 and ?readable=1 are for spreadsheets."""
    return Layout(mark="mark" in request.GET, readable="readable" in request.GET)
