"""Reading an attribute from a user's document in SQL, alike on both databases.

Django's JSON lookups are not used for attributes: their paths treat digits and quotes differently everywhere.
"""

from typing import Any

from django.db.models import BooleanField, F, Func, JSONField

from users.database.value_json import ValueDecoder


class Extract(Func):
    """The value in the document under `ref`."""

    output_field = JSONField(decoder=ValueDecoder)  # type: ignore[assignment]

    def __init__(self, ref: str) -> None:
        assert ref.isalnum(), ref
        super().__init__(F("attributes"))
        self.ref = ref

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, parameters = compiler.compile(self.source_expressions[0])
        return f"({sql} -> '$.{self.ref}')", parameters

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, parameters = compiler.compile(self.source_expressions[0])
        return f"({sql} -> '{self.ref}')", parameters


class HasRef(Func):
    """Whether a column of documents (`attributes`, `set_aside`) has anything under `ref`."""

    output_field = BooleanField()  # type: ignore[assignment]

    def __init__(self, column: str, ref: str) -> None:
        assert ref.isalnum(), ref
        super().__init__(F(column))
        self.ref = ref

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, parameters = compiler.compile(self.source_expressions[0])
        return f"(json_type({sql}, '$.{self.ref}') IS NOT NULL)", parameters

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, parameters = compiler.compile(self.source_expressions[0])
        return f"jsonb_exists({sql}, '{self.ref}')", parameters
