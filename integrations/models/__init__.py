"""What integrations keep: imports; connections and their runs; webhooks and their deliveries."""

from integrations.models.connections import Connection, PropertyMapping, SyncedRecord, SyncProblem, SyncRun
from integrations.models.imports import Import, ImportedRow, ImportProblem

__all__ = [
    "Connection",
    "Import",
    "ImportProblem",
    "ImportedRow",
    "PropertyMapping",
    "SyncProblem",
    "SyncRun",
    "SyncedRecord",
]
