"""What a page offers to send: its fields and addresses, with values that mean something."""

import re
from html import unescape
from typing import Final
from urllib.parse import parse_qsl, urlsplit

TAG: Final = re.compile(r"<(input|button|select|textarea|option|a|form|div|tr|td|span|li|section)\b([^>]*)>", re.I)
ATTRIBUTE: Final = re.compile(r'([\w-]+)\s*=\s*"([^"]*)"')
ADDRESSES: Final = ("href", "action", "hx-get", "hx-post", "data-url", "hx-put")


def pairs_of(html: str) -> set[tuple[str, str]]:
    """(name, value) of each field and of each parameter in an address."""
    found, selecting = set(), ""
    for tag, rest in TAG.findall(html):
        given = {name: unescape(value) for name, value in ATTRIBUTE.findall(rest)}
        name = given.get("name", "")
        if tag == "select":
            selecting = name
        elif tag == "option" and selecting:
            found.add((selecting, given.get("value", "")))
        if name:
            found.add((name, given.get("value", "on")))
        for kind in ADDRESSES:
            if "?" in given.get(kind, ""):
                found.update(parse_qsl(urlsplit(given[kind]).query))
    return {(name, value) for name, value in found if len(value) < 4000}
