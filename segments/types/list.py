"""Lists in rules."""

from datetime import tzinfo
from typing import Any, Final

from segments.language.operators import Items
from segments.language.reads import MOST_SEARCHED, Read, always, document, one_of, present_in_document
from segments.types.base import RuleType
from users.database.value_json import read_json
from users.types import list as lists
from users.types.table import compact

# The items of a list: texts as such; numbers and booleans by their JSON, in which they differ and numbers are exact.
# Only items decide: in the text of the whole list `",1,"` stands also where one item ends, 1 follows, another begins.
ITEMS: Final = "FROM json_each({0}) AS item WHERE "
POSTGRES_ITEMS: Final = (
    "SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof({0}) WHEN 'array' THEN {0} END) AS item "
    "WHERE item = ANY(%s::jsonb[])"
)
TEXT_AMONG: Final = "item.type = 'text' AND item.value IN "
OTHER_AMONG: Final = "item.type <> 'text' AND ({0} -> item.key) IN "


def as_items(value: list[Any], zone: tzinfo) -> Items:
    return Items(value)


class List(RuleType):
    kind = lists.List
    sqlite, postgres = "= 'array'", "array"
    cost = 3
    is_kept = True
    ready = staticmethod(as_items)

    @classmethod
    def heading(cls) -> str:
        return f"{cls.kind.label} and tags"

    @classmethod
    def document(cls, ref: str, zone: tzinfo) -> "ListSql":
        return ListSql(ref)

    @staticmethod
    def counted_as(value: list[Any]) -> list[str]:
        return [f"includes {item if isinstance(item, str) else compact(item)}" for item in value]

    @staticmethod
    def exactly(value: list[Any]) -> dict[str, Any]:
        return {"operator": "includes_all", "value": value} if value else {"operator": "is_empty"}

    @classmethod
    def from_address(cls, text: str) -> Any:
        return read_json(text)


class ListSql:
    """A list in the document; items of different types differ, 1 and 1.0 do not."""

    def __init__(self, ref: str) -> None:
        self.ref = ref

    def present(self) -> Any:
        return present_in_document(self.ref)

    def read(self, ignore_case: bool) -> Read:
        return document("folded" if ignore_case else "attributes", self.ref, text=False)

    def includes(self, item: Any, ignore_case: bool) -> Any:
        return self.includes_any([item], ignore_case)

    def includes_any(self, items: list[Any], ignore_case: bool) -> Any:
        if not items:
            return always(False)
        texts, others = unlike(items)
        among, params = items_among(texts, others)
        found, looked_for = f"EXISTS (SELECT 1 {ITEMS}{among})", ""
        if len(texts) + len(others) == 1:
            # Most lists do not have it, which a search of the text tells sooner.
            looked_for = "instr({0}, %s) > 0 AND "
            params = [*map(compact, texts), *others, *params]
        return self.read(ignore_case).where(f"{looked_for}{found}", params, *postgres_among(texts, others))

    def includes_all(self, items: list[Any], ignore_case: bool) -> Any:
        if not items:
            return self.present()
        texts, others = unlike(items)
        among, params = items_among(texts, others)
        found, looked_for = f"(SELECT count(DISTINCT {{0}} -> item.key) {ITEMS}{among}) = %s", ""
        written = [*map(compact, texts), *others]
        if len(written) <= MOST_SEARCHED:
            looked_for = " AND ".join(["instr({0}, %s) > 0"] * len(written)) + " AND "
            params = [*written, *params]
        return self.read(ignore_case).where(
            f"{looked_for}{found}", [*params, len(written)], "{0} @> %s::jsonb", [compact(items)]
        )

    def is_empty(self) -> Any:
        return self.read(False).where("{0} = '[]'", [], "{0} = '[]'::jsonb")


def unlike(items: list[Any]) -> tuple[list[str], list[str]]:
    """The texts, and the JSON of the other items, each once."""
    texts = dict.fromkeys(item for item in items if isinstance(item, str))
    return list(texts), list(dict.fromkeys(compact(item) for item in items if not isinstance(item, str)))


def postgres_among(texts: list[str], others: list[str]) -> tuple[str, list[Any]]:
    """PostgreSQL's test for an item that is one of these: it looks for a few one by one, for many by their hashes."""
    if len(texts) + len(others) > MOST_SEARCHED:
        return f"EXISTS ({POSTGRES_ITEMS})", [[*map(compact, texts), *others]]
    parts, params = [], list[Any]()
    if texts:
        parts.append("{0} ?| %s")
        params.append(texts)
    if others:
        parts.append("{0} @> ANY(%s::jsonb[])")
        params.append([f"[{other}]" for other in others])
    return " OR ".join(parts), params


def items_among(texts: list[str], others: list[str]) -> tuple[str, list[Any]]:
    """SQLite's test for an item that is one of these."""
    parts, params = [], list[Any]()
    for test, values in ((TEXT_AMONG, texts), (OTHER_AMONG, others)):
        if values:
            written, given = one_of(values)
            parts.append(test + written)
            params += given
    return f"({' OR '.join(parts)})", params
