"""What an address may hold where the key of a row stands: `<row:pk>`, as `<int:pk>` takes numbers that are no key."""

from django.urls import register_converter
from django.urls.converters import IntConverter

from users.ground.parameters import whole_number


class RowNumber(IntConverter):
    def to_python(self, value: str) -> int:
        """A ValueError is 404."""
        number = whole_number(value)
        if number is None:
            raise ValueError(f"{value[:30]} is no key")
        return number


register_converter(RowNumber, "row")
