"""How long what an import keeps of people is kept, and what goes when one of them is erased."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from integrations.imports.files import remove
from integrations.models import Import, ImportedRow, ImportProblem
from users.background.periodic import in_slices

KEPT: Final = timedelta(days=30)  # after its end, or of a draft that nobody runs


def forget_old(now: datetime) -> None:
    """Files, undo data and problems go; what an import did, in numbers, stays."""
    old = Q(finished__lt=now - KEPT) | Q(finished=None, created__lt=now - KEPT)
    for found in Import.objects.filter(old).exclude(file="").exclude(state=Import.State.RUNNING)[:500]:
        in_slices(ImportedRow.objects.filter(run=found))
        in_slices(ImportProblem.objects.filter(run=found))
        remove(found)


def forget_people(project: Any, users: Iterable[int]) -> None:
    """Files that name somebody who is erased, and samples of what was tried out. Foreign keys take the rest."""
    users = list(users)
    named = Q(rows__user__in=users) | Q(problems__user__in=users)
    finished = Import.objects.filter(named, project=project).exclude(state=Import.State.RUNNING).distinct()
    for found in finished:
        if found.checked:
            Import.objects.filter(pk=found.pk).update(checked={**found.checked, "sample": []})
        remove(found)
