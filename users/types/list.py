"""Lists of texts, numbers, true and false, each item once."""

import json
from typing import Any, Final

from django.utils.safestring import SafeString

from users.database.fast_json import json_text
from users.database.value_json import read_json
from users.ground.markup import markup
from users.ground.text_forms import is_blank
from users.types.base import AttributeType
from users.types.boolean import Boolean
from users.types.fitting import LONGEST, Misfit, check_number, check_text, kind_of, refuse_nested

EMPTY_LIST: Final = SafeString('<span class="value value--empty">empty list</span>')
SHOWN: Final = 3  # items; the others are behind a button


class List(AttributeType):
    name, label, example = "list", "List", '["boards", "reports"]'
    plural = "lists"
    is_folded = True
    takes_all = True
    has_items = True
    operations = frozenset(("$append", "$union", "$remove"))
    input_template = "users/profile/inputs/list.html"

    @staticmethod
    def coerce(value: Any) -> list[Any]:
        refuse_nested(value)
        items = value if isinstance(value, list) else [value]
        kept: dict[tuple[str, Any], Any] = {}
        for position, item in enumerate(items):
            item = List.item(item, position)
            kept.setdefault((kind_of(item), item), item)
        result = list(kept.values())
        if (length := len(json_text(result))) > LONGEST:
            raise Misfit(
                f"The value is a list of {length:,} characters as JSON; {LONGEST} is the most. Send fewer items."
            )
        return result

    @staticmethod
    def holds(value: Any) -> bool:
        return isinstance(value, list)

    @staticmethod
    def item(item: Any, position: int) -> Any:
        if isinstance(item, bool):
            return item
        try:
            if isinstance(item, str):
                return check_text(item)
            if isinstance(item, int | float):
                return check_number(item)
        except Misfit as misfit:
            raise Misfit(f"Item {position + 1}: {misfit.reason}") from None
        kind = "null" if item is None else "a nested list or object"
        raise Misfit(f"Item {position + 1} is {kind}. A list holds texts, numbers, true and false.")

    @classmethod
    def convert(cls, value: Any) -> Any:
        return cls.coerce(value)

    @staticmethod
    def fold(value: list[Any]) -> list[Any]:
        return [item.casefold() if isinstance(item, str) else item for item in value]

    @staticmethod
    def text(value: list[Any]) -> str:
        return ", ".join(map(item_text, value))

    @classmethod
    def html(cls, value: list[Any], whole: bool = False) -> SafeString:
        if not value:
            return EMPTY_LIST
        shown = value if whole else value[:SHOWN]
        rest = value[len(shown) :]
        if not rest:
            return markup('<span class="value value-list">{}</span>', chips(shown))
        return markup(
            '<span class="value value-list">{} <button type="button" class="chip chip--item" data-show-rest '
            'aria-expanded="false" aria-label="Show {} more">+{}</button>'
            '<span class="value-list" hidden>{}</span></span>',
            chips(shown), len(rest), len(rest), chips(rest),
        )  # fmt: skip

    @staticmethod
    def raw(value: list[Any]) -> str:
        return json.dumps(value, ensure_ascii=False)

    @staticmethod
    def parse(text: str) -> Any:
        """A JSON array, or one item a line."""
        if text.strip().startswith("["):
            try:
                return read_json(text)
            except ValueError:
                raise Misfit('The value is not a JSON array. Write one item a line, or ["a", "b"].') from None
        return [line.strip() for line in text.splitlines() if line.strip()]

    @classmethod
    def of_cell(cls, text: str, separator: str) -> Any:
        """A JSON array as our exports write it, or items with the separator between them."""
        if text.strip().startswith("["):
            try:
                found = read_json(text)
            except ValueError:
                found = None
            if isinstance(found, list):
                return found
        return [item.strip() for item in text.split(separator) if item.strip()]


def item_text(item: Any) -> str:
    if isinstance(item, bool):
        return Boolean.text(item)
    if item == "":
        return "empty text"
    if isinstance(item, str) and is_blank(item):
        return "no visible text"
    return str(item)


def chips(items: list[Any]) -> SafeString:
    form = '<span class="chip chip--item" dir="auto">{}</span>'
    return SafeString(" ".join([markup(form, item_text(item)) for item in items]))
