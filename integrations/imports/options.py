"""What somebody chose for an import: checked once, kept as JSON, read by each step."""

from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from integrations.imports.reading import Table, guess_type
from segments.models import Segment
from users.extend import sources
from users.models import CUSTOM, NATIVE, Project
from users.registry.attributes import EDITABLE_NATIVES, Registry, check_key, registry_of
from users.types.fitting import Misfit
from users.types.table import TYPES
from users.writing.calls import Refused
from users.writing.tags import clean_name

IDS: Final = ("user_id", "jimer_id", "email")  # what may name a user
NATIVE_KEYS: Final = tuple(dict.fromkeys((*IDS, *EDITABLE_NATIVES, "tags")))  # keys that a column may go to
MODES: Final = {"both": "Update users, and create those that are new", "update": "Update users only", "create": "Create new users only"}  # fmt: skip
EMPTY: Final = {"keep": "Leave what is there", "remove": "Remove the value"}
SEVERAL: Final = {"skip": "Skip the line", "all": "Change all of them"}
WHY: Final = "Why it was refused"  # the column of our own files of rejected lines
NAMES: Final = {
    "id": "user_id", "userid": "user_id", "external id": "user_id", "customer id": "user_id", "identifytoken": "user_id",
    "jimerid": "jimer_id", "e mail": "email", "mail": "email", "email address": "email", "full name": "name",
    "display name": "name", "username": "name", "locale": "language", "tag": "tags",
}  # fmt: skip


class BadOptions(ValueError):
    """What is wrong with the choices, with the path to it."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: `at` its place, `field` a FIELD such as "custom.plan", `separator` that of list items."""

    at: int
    name: str
    field: str
    type: str
    separator: str = ","

    @property
    def key(self) -> str:
        return self.field.partition(".")[2]

    @property
    def is_native(self) -> bool:
        return self.field.startswith("native.")


@dataclass(frozen=True, slots=True)
class Options:
    """`on` is what names the users (one of IDS), by the column mapped to it."""

    on: str
    columns: list[Column] = field(default_factory=list)
    mode: str = "both"
    empty: str = "keep"
    several: str = "skip"
    tag: str = ""
    segment: int | None = None

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    def column(self, target: str) -> Column | None:
        return next((column for column in self.columns if column.field == target), None)


def options_of(stored: dict[str, Any]) -> Options:
    return Options(**{**stored, "columns": [Column(**column) for column in stored["columns"]]})


def plain(name: str) -> str:
    return " ".join(name.strip().casefold().replace("_", " ").replace("-", " ").split())


def suggested(project: Project, table: Table) -> list[Column]:
    """A target for each column that has one: our own headers, known names, attributes, else a new attribute."""
    registry, taken, found = registry_of(project), set[str](), []
    named = named_alike(registry)
    for at, name in enumerate(table.names):
        target = target_of(name, registry, named)
        if target and target not in taken:
            taken.add(target)
            found.append(Column(at, name, target, type_of(target, at, table, registry)))
    return found


def named_alike(registry: Registry) -> dict[str, str]:
    """The FIELD that a plain name or key means."""
    ours = [item for item in registry.all() if item.source in (NATIVE, CUSTOM)]
    return {plain(item.label): item.field for item in ours} | {plain(item.key): item.field for item in ours}


def target_of(name: str, registry: Registry, named: dict[str, str]) -> str:
    """The FIELD that a header means; empty for what is left out."""
    source, _, key = name.partition(".")
    if plain(name) == plain(WHY):
        return ""
    if source == NATIVE:
        return name if key in NATIVE_KEYS else ""
    if source == CUSTOM and key:
        return name
    if key and (source in sources.all() or registry.find(name) is not None):
        return ""  # a connector's: nobody else writes it
    found = f"native.{NAMES[plain(name)]}" if plain(name) in NAMES else named.get(plain(name), f"custom.{name}")
    if found.startswith("native.") and found.partition(".")[2] not in NATIVE_KEYS:
        return ""
    return found


def type_of(target: str, at: int, table: Table, registry: Registry) -> str:
    known = registry.find(target)
    return known.type if known else guess_type([row.cells[at] for row in table.sample], next(iter(TYPES)))


def identifier_of(columns: list[Column]) -> str:
    """What names the users where nobody chose: the user id, else the Jimer ID, else the email."""
    mapped = {column.field for column in columns}
    return next((name for name in IDS if f"native.{name}" in mapped), "")


def read_options(project: Project, table: Table, sent: dict[str, Any]) -> Options:
    """The choices that were sent, with what is told from the file for those that were not. Raises BadOptions."""
    columns = chosen_columns(project, table, sent.get("columns"))
    on = sent.get("identifier")
    if on is None:
        target = identifier_of(columns)
    else:
        columns, target = with_identifier(table, columns, on)
    if not target:
        raise BadOptions(
            "identifier", 'Nothing names the users. Send identifier: {"column": ..., "on": "native.user_id"}.'
        )
    return Options(
        on=target, columns=columns, mode=choice(sent, "mode", MODES), empty=choice(sent, "empty", EMPTY),
        several=choice(sent, "several", SEVERAL), tag=tag_of(sent.get("tag")), segment=segment_of(project, sent.get("segment")),
    )  # fmt: skip


def choice(sent: dict[str, Any], name: str, choices: dict[str, str]) -> str:
    value = sent.get(name) if sent.get(name) is not None else next(iter(choices))
    if not isinstance(value, str) or value not in choices:
        raise BadOptions(name, f"{name} is one of {', '.join(choices)}.")
    return value


def chosen_columns(project: Project, table: Table, sent: Any) -> list[Column]:
    if sent is None:
        return suggested(project, table)
    if not isinstance(sent, list) or not all(isinstance(item, dict) for item in sent):
        raise BadOptions("columns", 'columns is a list such as [{"column": "plan", "key": "plan"}].')
    registry, found = registry_of(project), list[Column]()
    named = named_alike(registry)
    for number, item in enumerate(sent):
        path = f"columns[{number}]"
        at = place_of(table, item.get("column"), f"{path}.column")
        if item.get("skip") is True:
            continue
        column = one_column(registry, named, table, at, item, path)
        if any(other.field == column.field for other in found):
            raise BadOptions(f"{path}.key", f"Two columns go to {column.field}. Leave one out.")
        found.append(column)
    return found


def one_column(
    registry: Registry, named: dict[str, str], table: Table, at: int, item: dict[str, Any], path: str
) -> Column:
    if unknown := item.keys() - {"column", "key", "type", "separator", "skip"}:
        raise BadOptions(path, f"A column has no {sorted(unknown)[0]!r}; it takes column, key, type, separator, skip.")
    key = item.get("key") or target_of(table.names[at], registry, named) or table.names[at]
    target = field_of(key, f"{path}.key")
    known = registry.find(target)
    kind = item.get("type") or (known.type if known else type_of(target, at, table, registry))
    if kind not in TYPES:
        raise BadOptions(f"{path}.type", f"type is one of {', '.join(TYPES)}.")
    if known and kind != known.type:
        raise BadOptions(f"{path}.type", f"{target} is of type {known.type} already; an import does not change it.")
    separator = item.get("separator", ",")
    if not isinstance(separator, str) or len(separator) != 1:
        raise BadOptions(f"{path}.separator", "separator is one character.")
    return Column(at, table.names[at], target, kind, separator)


def field_of(key: Any, path: str) -> str:
    """The FIELD of a key as calls name it: "plan", "custom.plan" or "native.email"."""
    if isinstance(key, str) and key.startswith("native."):
        if key.partition(".")[2] not in NATIVE_KEYS:
            raise BadOptions(path, f"{key} is kept by the product itself; leave the column out.")
        return key
    try:
        return f"custom.{check_key(key.removeprefix('custom.') if isinstance(key, str) else key)}"
    except Misfit as misfit:
        raise BadOptions(path, misfit.reason) from None


def place_of(table: Table, name: Any, path: str) -> int:
    if isinstance(name, str) and name in table.names:
        return table.names.index(name)
    near = get_close_matches(str(name), table.names, 1)
    hint = f" Did you mean {near[0]!r}?" if near else f" There are {', '.join(table.names[:10])}."
    raise BadOptions(path, f"The file has no column {str(name)[:60]!r}.{hint}")


def with_identifier(table: Table, columns: list[Column], sent: Any) -> tuple[list[Column], str]:
    if not isinstance(sent, dict) or sent.keys() - {"column", "on"}:
        raise BadOptions("identifier", 'identifier is an object such as {"column": "id", "on": "native.user_id"}.')
    target = str(sent.get("on", "native.user_id")).removeprefix("native.")
    if target not in IDS:
        raise BadOptions("identifier.on", f"on is one of {', '.join(f'native.{name}' for name in IDS)}.")
    if "column" not in sent:
        return columns, target if any(column.field == f"native.{target}" for column in columns) else ""
    at = place_of(table, sent["column"], "identifier.column")
    rest = [column for column in columns if column.at != at and column.field != f"native.{target}"]
    return [Column(at, table.names[at], f"native.{target}", next(iter(TYPES))), *rest], target


def tag_of(sent: Any) -> str:
    if sent in (None, ""):
        return ""
    try:
        return clean_name(sent)
    except Refused as refused:
        raise BadOptions("tag", refused.message) from None


def segment_of(project: Project, sent: Any) -> int | None:
    if sent in (None, ""):
        return None
    number = int(sent) if isinstance(sent, str) and sent.isdecimal() and len(sent) < 18 else sent
    whole = isinstance(number, int) and not isinstance(number, bool) and abs(number) < 2**63
    if not whole or not Segment.objects.filter(project=project, pk=number, static=True, archived=False).exists():
        raise BadOptions("segment", "segment is the id of a static segment of this project.")
    return int(number)
