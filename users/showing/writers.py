"""Who wrote something, in words: the By column, history, the ingest log."""

from users.models import OriginKind
from users.models.documents import ProvenanceEntry

AUTOMATIC = "Automatic"


def writer_words(kind: str, label: str) -> str:
    """Snippet / Server key "Billing" / april.csv row 212 / HubSpot sync / a member's name."""
    if kind == OriginKind.KEY:
        return f'Server key "{label}"'
    if kind == OriginKind.SYNC:
        return f"{label} sync"
    if kind == OriginKind.SNIPPET:
        return "Snippet"
    return label or OriginKind(kind).label if kind in OriginKind.values else label or kind


def writer_of(entry: ProvenanceEntry) -> str:
    return writer_words(entry["k"], entry["l"])
