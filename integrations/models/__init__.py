"""What integrations keep: imports; connections and their runs; webhooks and their deliveries."""

from integrations.models.audiences import Audience, PlacedRecord, TouchedRecord
from integrations.models.connections import Connection, PropertyMapping, SyncedRecord, SyncProblem, SyncRun
from integrations.models.imports import Import, ImportedRow, ImportProblem
from integrations.models.webhooks import Delivery, Webhook, WebhookEvent, WebhookOutbox

__all__ = [
    "Audience",
    "Connection",
    "Delivery",
    "Import",
    "ImportProblem",
    "ImportedRow",
    "PlacedRecord",
    "PropertyMapping",
    "SyncProblem",
    "SyncRun",
    "SyncedRecord",
    "TouchedRecord",
    "Webhook",
    "WebhookEvent",
    "WebhookOutbox",
]
