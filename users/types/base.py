"""What every attribute type can do. A type is a class in a file of its own; users/types/table.py lists them."""

from typing import Any, ClassVar, Final

from django.utils.safestring import SafeString

from users.ground.markup import markup
from users.types.fitting import Misfit

ABSENT: Final = SafeString('<span class="value value--absent" aria-label="no value">—</span>')


class AttributeType:
    """The abilities of a type, with what most types do. Values are JSON's: stored ones in their type's stored form.

    Everything that a snippet can send is escaped where it becomes HTML.
    """

    name: ClassVar[str]  # in the API and the database
    label: ClassVar[str]  # on pages
    example: ClassVar[str]  # as JSON
    plural: ClassVar[str]  # in errors: "$add works on numbers"
    arrow: ClassVar[str] = "string"  # how a Parquet column holds it; what is no text is JSON in one of texts
    operations: ClassVar[frozenset[str]] = frozenset()  # of a call, on what is stored
    is_folded: ClassVar[bool] = False  # documents keep a copy that `fold` makes, for rules that ignore case
    has_items: ClassVar[bool] = False  # that are typed in, offered and counted one by one
    is_aligned_right: ClassVar[bool] = False  # in tables
    begins_low: ClassVar[bool] = False  # a table sorted by it begins with the lowest, as one expects of A to Z
    takes_all: ClassVar[bool] = False  # what other types hold can be kept as this one, too
    is_truth: ClassVar[bool] = False  # true or false, which databases compare each in its own way
    input_template: ClassVar[str] = "users/profile/inputs/line.html"  # how a value is typed in
    input_attributes: ClassVar[dict[str, str]] = {}  # of that input

    @classmethod
    def infers(cls, value: Any) -> bool:
        """Whether a new attribute is of this type when this is its first value."""
        return cls.holds(value)

    @staticmethod
    def coerce(value: Any) -> Any:
        """The stored form of what a call sent. Raises Misfit."""
        raise NotImplementedError

    @staticmethod
    def holds(value: Any) -> bool:
        """Whether a stored value has the stored form of this type: leftovers of a type change have not."""
        raise NotImplementedError

    @classmethod
    def operand(cls, value: Any) -> Any:
        """What one of its operations takes. Raises Misfit."""
        return cls.coerce(value)

    @classmethod
    def convert(cls, value: Any) -> Any:
        """A stored value of another type, for a type change. Raises Misfit where that would lose something."""
        if isinstance(value, list):
            if len(value) != 1:
                raise Misfit("The value is a list with more or fewer than one item.")
            value = value[0]
        return cls.coerce(value)

    @staticmethod
    def fold(value: Any) -> Any:
        """The case-folded copy that rules and search read; None for types without one."""
        return None

    @staticmethod
    def from_column(value: Any) -> Any:
        """The stored form of what the column of a native attribute holds."""
        return value

    @staticmethod
    def text(value: Any) -> str:
        """What a stored value reads on pages, as text."""
        return str(value)

    @classmethod
    def html(cls, value: Any, whole: bool = False) -> SafeString:
        """How a stored value looks on pages. `whole` shows what is long without cutting."""
        return markup('<span class="value">{}</span>', cls.text(value))

    @classmethod
    def column_html(cls, value: Any) -> SafeString:
        """How what a native attribute's column holds looks in a table; None is absent."""
        return ABSENT if value is None else cls.html(value)

    @staticmethod
    def raw(value: Any) -> str:
        """What the input shows for a stored value."""
        return str(value)

    @classmethod
    def of_cell(cls, text: str, separator: str) -> Any:
        """What the cell of a file says, as stored where it fits; None where it says nothing. `separator` is between
        list items."""
        text = text.strip()
        try:
            return cls.coerce(text) if text else None
        except Misfit:
            return text  # the write path says why

    @staticmethod
    def parse(text: str) -> Any:
        """What was typed in, for `coerce`. Raises Misfit."""
        return text.strip()
