"""What of a problem may be seen: neither emails nor values where the project keeps those to itself."""

from integrations.models import Connection, SyncProblem
from users.registry.attributes import HIDDEN, Registry

WITHHELD = "What the vendor holds does not fit the attribute. It is not shown here."


class ProblemWords:
    """(label, value, reason) of problems of one connection. Without `values` the first two are dots."""

    def __init__(self, connection: Connection, registry: Registry, *, values: bool = True) -> None:
        self.values, self.hides_emails = values, "email" in registry.hidden
        keys = dict(connection.mappings.values_list("property", "key"))
        found = {name: registry.by_field(connection.connector, key) for name, key in keys.items()}
        self.sensitive = {name for name, definition in found.items() if definition and definition.sensitive}

    def of(self, row: SyncProblem) -> tuple[str, str, str]:
        hides_value = not self.values or row.property in self.sensitive or (self.hides_emails and not row.property)
        label = row.label if self.values and not self.hides_emails else HIDDEN
        quotes = hides_value and row.property and row.value
        return (
            label if row.label else "",
            HIDDEN if row.value and hides_value else row.value,
            WITHHELD if quotes else row.reason,
        )
