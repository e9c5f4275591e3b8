"""Why a rule is broken, for a page: without the place in its JSON, and without the names that only the API takes."""

import re
from typing import Final

from segments.language.operators import OPERATORS
from users.types.table import TYPES

PLACE: Final = re.compile(r"^[a-z]+[\w.\[\]]*: ")
UNFIT: Final = re.compile(r'There is no operator "(\w+)" for it: (\S+) is a (\w+), which takes [\w, ]+\.')
WORDS: Final = {name: found.menu or found.words for (_, name), found in OPERATORS.items()}


def for_people(reason: str) -> str:
    """The reason as the API says it, in words that the builder uses too."""
    return UNFIT.sub(unfit, PLACE.sub("", reason))


def unfit(found: re.Match[str]) -> str:
    name, field, kind = found.groups()
    label = TYPES[kind].label.lower() if kind in TYPES else kind
    return f'The condition "{WORDS.get(name, name)}" does not go with {field}, which is a {label}. Choose another one.'
