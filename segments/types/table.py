"""The attribute types as rules see them, once, each beside its class in users/types."""

from typing import Final

from segments.types.base import RuleType
from segments.types.boolean import Boolean
from segments.types.date import Date
from segments.types.list import List
from segments.types.number import Number
from segments.types.string import String

TYPES: Final[dict[str, type[RuleType]]] = {known.kind.name: known for known in (String, Number, Boolean, Date, List)}
