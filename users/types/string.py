"""Texts."""

import re
from typing import Any, Final

from django.utils.safestring import SafeString

from users.ground.markup import markup
from users.ground.text_forms import is_blank
from users.types.base import AttributeType
from users.types.date import stored_date
from users.types.fitting import Misfit, check_text, kind_of, refuse_nested, shown
from users.types.number import number_text

EMPTY_TEXT: Final = SafeString('<span class="value value--empty">empty text</span>')
BLANK_TEXT: Final = SafeString('<span class="value value--empty">no visible text</span>')
LONG: Final = 120
URL: Final = re.compile(r"https?://[^\s<>\"']{3,600}", re.ASCII)
EMAIL: Final = re.compile(r"[^@\s<>\"'?&:]{1,80}@[^@\s<>\"'?&:]+\.[^@\s<>\"'?&:]{2,40}")


class String(AttributeType):
    name, label, example = "string", "Text", '"Pro"'
    plural = "texts"
    is_folded = True
    takes_all = True
    begins_low = True
    input_template = "users/profile/inputs/text.html"

    @classmethod
    def infers(cls, value: Any) -> bool:
        return isinstance(value, str) and not stored_date(value)

    @staticmethod
    def coerce(value: Any) -> str:
        if isinstance(value, str):
            return check_text(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return number_text(value)
        refuse_nested(value)
        raise Misfit(f'{shown(value)} is not a text. Send a text such as "Pro".')

    @staticmethod
    def holds(value: Any) -> bool:
        return not isinstance(value, list) and kind_of(value) == "string"

    @staticmethod
    def fold(value: str) -> str:
        return value.casefold()

    @classmethod
    def html(cls, value: Any, whole: bool = False) -> SafeString:
        text = cls.text(value)
        if text == "":
            return EMPTY_TEXT
        if is_blank(text):
            return BLANK_TEXT
        if URL.fullmatch(text):
            return markup(
                '<a class="value" href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', text, text
            )
        if EMAIL.fullmatch(text):
            return markup('<a class="value" href="mailto:{}">{}</a>', text, text)
        if len(text) <= LONG or whole:
            return markup('<span class="value" dir="auto">{}</span>', text)
        return markup(
            '<span class="value value--long" dir="auto">{}</span> '
            '<button type="button" class="link-button caption" data-show-all>Show all</button>',
            text,
        )

    @classmethod
    def of_cell(cls, text: str, separator: str) -> Any:
        return text

    @staticmethod
    def parse(text: str) -> Any:
        return text
