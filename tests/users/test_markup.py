"""HTML around texts that anyone may have sent: as Django's own way, which is slower."""

import pytest
from django.utils.functional import lazystr
from django.utils.html import format_html
from django.utils.safestring import SafeString

from users.ground.markup import escaped, markup


class Drawn:
    def __html__(self) -> str:
        return "<svg>"


@pytest.mark.parametrize(
    "part",
    ["Maya", "<b>\"M\" & 'L'</b>", SafeString("<b>bold</b>"), "", 7, True, 1.5, None, lazystr("<i>"), ["<"], Drawn()],
)
def test_each_part_is_escaped_as_django_escapes_it(part):
    assert markup('<p title="{}">{name}</p>', part, name=part) == format_html(
        '<p title="{}">{name}</p>', part, name=part
    )
    assert type(markup("{}", part)) is SafeString


def test_what_is_html_already_stays_as_it_is():
    assert escaped(markup("<b>{}</b>", "<")) == "<b>&lt;</b>"
