"""Ids of erased people that must not come back: kept as keyed hashes alone."""

from collections.abc import Iterable

from users.ground.secrets import keyed_hash
from users.ground.text_forms import trimmed
from users.models import BlockedId, Project


def hash_of(project: Project, value: str) -> str:
    return keyed_hash(f"{project.pk}:{trimmed(value)}")


def block_ids(project: Project, values: Iterable[str]) -> None:
    BlockedId.objects.bulk_create(
        [BlockedId(project=project, id_hash=hash_of(project, value)) for value in set(values)], ignore_conflicts=True
    )


def blocked_ids(project: Project, values: Iterable[str]) -> set[str]:
    """Which of these ids are blocked."""
    hashes = {hash_of(project, value): value for value in values}
    found = BlockedId.objects.filter(project=project, id_hash__in=hashes).values_list("id_hash", flat=True)
    return {hashes[id_hash] for id_hash in found}
