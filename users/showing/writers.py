"""Who wrote something, in words: the By column, history, the ingest log."""

from typing import Any

from users.models import OriginKind

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


def writer_of(entry: dict[str, Any]) -> str:
    """For a provenance entry."""
    return writer_words(entry.get("k", ""), entry.get("l", ""))
