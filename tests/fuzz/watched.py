"""Which parameters a view reads, found out by watching it read them."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict


class Reading:
    """`names[view]` are the parameters, fields and files that it was seen to ask for, there or not."""

    def __init__(self) -> None:
        self.names: dict[str, set[str]] = defaultdict(set)
        self.view = ""

    def note(self, name: Any) -> None:
        if self.view and isinstance(name, str) and len(name) < 60:
            self.names[self.view].add(name)


@contextmanager
def watching() -> Iterator[Reading]:
    reading = Reading()

    def noting(original: Any) -> Any:
        def method(self: Any, key: Any, *rest: Any) -> Any:
            if (
                isinstance(self, QueryDict) or not self
            ):  # fields, or files where there are none; not the framework's own
                reading.note(key)
            return original(self, key, *rest)

        return method

    methods = {name: noting(getattr(MultiValueDict, name)) for name in ("__getitem__", "get", "getlist")}
    methods["__contains__"] = noting(dict.__contains__)
    with patch.multiple(MultiValueDict, create=True, **methods):
        yield reading
