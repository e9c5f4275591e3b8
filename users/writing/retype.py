"""Changing an attribute's type: what would convert, what would be lost, and doing it in the background.

The definition gets its new type at once, marked as converting, so that every later call is held to it; stored
values of the former type count as absent until their chunk is converted. What does not convert is moved to
EndUser.set_aside, which the profile shows; a later change to a type that it fits brings it back, with its time and
writer, unless something was written or removed since.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q

from users.extend import Affected
from users.jobs import register, start_job
from users.models import NATIVE, Account, Attribute, EndUser, Job, Provenance
from users.models.documents import Entries
from users.registry.attributes import Registry, definitions_moved, registry_of
from users.registry.consequences import Change, affected_by, broken, in_words
from users.types.fitting import Misfit
from users.types.in_sql import HasRef
from users.types.table import TYPES, convert, folded, is_of, same
from users.writing import store

CHUNK: Final = 200
READ: Final = 2000
SAMPLES: Final = 5
AT_ONCE: Final = 20_000  # users whose values a page may try while somebody waits
GOOD_FOR: Final = timedelta(minutes=10)
FIXED: Final = "The types of native attributes are fixed."


class WouldLose(Exception):
    """The change would lose values, or break what uses the attribute, and was not confirmed."""

    def __init__(self, found: "Preview", breaks: Sequence[Affected] = ()) -> None:
        lost = f"{found.lost:,} of {found.converts + found.lost:,} values would be lost."
        super().__init__(" ".join([lost, *map(in_words, breaks)]))
        self.preview = found
        self.breaks = breaks


@dataclass(slots=True)
class Preview:
    """Of the stored values, how many convert and how many would be set aside, with examples of the latter; and how
    many that an earlier change set aside would come back."""

    to: str
    converts: int = 0
    lost: int = 0
    restored: int = 0
    samples: list[dict[str, Any]] = field(default_factory=list)  # {"value", "reason"}


def preview_values(attribute: Attribute, to: str) -> Preview:
    """Try every stored value, in chunks by id; writes nothing."""
    found = Preview(to)
    last: int | None = 0
    while last is not None:
        last = preview_chunk(found, attribute, last)
    return found


def preview_chunk(found: Preview, attribute: Attribute, last: int) -> int | None:
    """Try the values of the next users; where to go on, None at the end."""
    ref = attribute.ref
    rows = list(
        EndUser.objects.filter(with_any(ref), project_id=attribute.project_id, pk__gt=last)
        .order_by("pk").values_list("pk", "attributes", "set_aside", "provenance__values")[:READ]
    )  # fmt: skip
    for _, attributes, aside, provenance in rows:
        if ref in attributes:
            try_value(found, attributes[ref])
        elif ref not in (provenance or {}) and converted_or_none(aside[ref]["value"], found.to) is not None:
            found.restored += 1
    return rows[-1][0] if len(rows) == READ else None


@register("preview_type", words="Trying the values", own_transactions=True)
def preview_job(job: Job, now: datetime) -> bool:
    """params: {"attribute", "to"}; result: what Preview holds. For projects too large to wait for the page."""
    attribute = Attribute.objects.filter(pk=job.params["attribute"]).first()
    if attribute is None:
        return True
    found = Preview(job.params["to"], **job.result)
    job.cursor = preview_chunk(found, attribute, job.cursor or 0)
    job.result = {
        "converts": found.converts, "lost": found.lost, "restored": found.restored, "samples": found.samples,
    }  # fmt: skip
    job.progress = found.converts + found.lost
    return job.cursor is None


def preview_or_job(
    attribute: Attribute, to: str, by: Account | None, now: datetime, *, may_start: bool = True
) -> Preview | Job | None:
    """The preview, or for a large project the job that makes it; it is good for ten minutes."""
    if not EndUser.objects.filter(project_id=attribute.project_id).order_by("pk")[AT_ONCE:].exists():
        return preview_values(attribute, to)
    params = {"attribute": attribute.pk, "to": to}
    jobs = Job.objects.filter(project_id=attribute.project_id, kind="preview_type", created__gt=now - GOOD_FOR)
    for job in jobs.exclude(state=Job.State.FAILED).order_by("-pk"):
        if job.params == params:
            return Preview(to, **job.result) if job.state == Job.State.DONE else job
    return start_job(attribute.project, "preview_type", params, by, total=attribute.coverage) if may_start else None


def with_any(ref: str) -> Q:
    """Users with a value under this ref, or with one that was set aside."""
    return Q(HasRef("attributes", ref)) | Q(HasRef("set_aside", ref))


def converted_or_none(value: Any, to: str) -> Any:
    """The value as the type keeps it; None if it does not convert."""
    try:
        return value if is_of(to, value) else convert(value, to)
    except Misfit:
        return None


def try_value(found: Preview, value: Any) -> None:
    try:
        convert(value, found.to)
        found.converts += 1
    except Misfit as misfit:
        found.lost += 1
        if len(found.samples) < SAMPLES:
            found.samples.append({"value": value, "reason": misfit.reason})


def start_retype(
    attribute: Attribute, to: str, by: Account | None, *, confirm: bool = False, found: Preview | None = None
) -> Job | None:
    """Give the attribute its new type and convert its values in the background. `found` if it was previewed before.

    A change that failed half-way can be started again, or to another type.
    Raises WouldLose unless confirmed, ValueError for natives, unknown types, or while another change runs.
    """
    if to not in TYPES:
        raise ValueError(f"There is no type {to!r}. The types are {', '.join(TYPES)}.")
    if attribute.source == NATIVE:
        raise ValueError(FIXED)
    former = attribute.converting
    if former is not None and former.state in (Job.State.QUEUED, Job.State.RUNNING):
        raise ValueError("A change of this attribute's type is under way. Wait until it is done.")
    if attribute.type == to and former is None:
        return None
    found = found or preview_values(attribute, to)
    breaks = [] if confirm else broken(affected_by(attribute, Change("type", to)))
    if (found.lost or breaks) and not confirm:
        raise WouldLose(found, breaks)
    with transaction.atomic():
        job = start_job(
            attribute.project, "retype",
            {"attribute": attribute.pk, "from": former.params["from"] if former else attribute.type, "to": to}, by,
            total=found.converts + found.lost,
        )  # fmt: skip
        as_read = Attribute.objects.filter(pk=attribute.pk, type=attribute.type, converting=former)
        if not as_read.update(type=to, converting=job):
            raise ValueError("Somebody else changed this attribute's type just now. Look at it again.")
        definitions_moved(attribute.project, [attribute.ref])
    return job


@register("retype", words="Converting values", counts_changes=True, in_turns=True)
def convert_chunk(job: Job, now: datetime) -> bool:
    """Convert the next users, locked in order of id."""
    attribute = Attribute.objects.filter(pk=job.params["attribute"]).first()
    if attribute is None:
        return True
    ref, last = attribute.ref, job.cursor or 0
    candidates = EndUser.objects.filter(project_id=attribute.project_id, pk__gt=last).order_by("pk")
    ids = list(candidates.values_list("pk", flat=True)[:CHUNK])
    store.lock_users(attribute.project_id, ids)
    known = registry_of(attribute.project)
    for user in EndUser.objects.filter(pk__in=ids).order_by("pk"):
        if ref in user.attributes:
            job.progress += 1
            convert_user(user, ref, job, known)
        elif ref in user.set_aside:
            restore_set_aside(user, ref, job, known)
    job.cursor = ids[-1] if ids else last
    if len(ids) < CHUNK:
        Attribute.objects.filter(pk=attribute.pk, converting=job).update(converting=None)
        definitions_moved(attribute.project, [ref])
        return True
    return False


def convert_user(user: EndUser, ref: str, job: Job, known: Registry) -> None:
    """Give one locked user's value its new form and folded copy, or set it aside."""
    to, value, before = job.params["to"], user.attributes[ref], user.folded.get(ref)
    user.folded.pop(ref, None)
    try:
        # A day is a text too, and some texts are days: those keep their value, but not always their folded copy.
        user.attributes[ref] = value if is_of(to, value) else convert(value, to)
        if (copy := folded(to, user.attributes[ref])) is not None:
            user.folded[ref] = copy
    except Misfit as misfit:
        set_aside(user, ref, job, misfit.reason, known)
    if same(value, user.attributes.get(ref)) and before == user.folded.get(ref):
        return
    if ref in user.attributes:
        job.result["changed"] = job.result.get("changed", 0) + 1
    EndUser.objects.filter(pk=user.pk).update(
        attributes=user.attributes, folded=user.folded, set_aside=user.set_aside, sources=user.sources,
        revision=F("revision") + 1,
    )  # fmt: skip


def set_aside(user: EndUser, ref: str, job: Job, reason: str, known: Registry) -> None:
    value, provenance = user.attributes.pop(ref), provenance_of(user)
    entry = provenance.pop(ref, None)
    user.set_aside[ref] = {"value": value, "type": job.params["from"], "reason": reason, "job": job.pk, "entry": entry}
    user.sources = sources_of(user, known)
    job.result["lost"] = job.result.get("lost", 0) + 1
    Provenance.objects.filter(user=user).update(values=provenance)


def restore_set_aside(user: EndUser, ref: str, job: Job, known: Registry) -> None:
    """Bring back what an earlier change set aside, if it fits now and nothing was written or removed since."""
    provenance, aside = provenance_of(user), user.set_aside[ref]
    value = converted_or_none(aside["value"], job.params["to"])
    if value is None or ref in provenance:
        return
    del user.set_aside[ref]
    user.attributes[ref] = value
    if (copy := folded(job.params["to"], value)) is not None:
        user.folded[ref] = copy
    user.sources = sources_of(user, known)
    job.result["restored"] = job.result.get("restored", 0) + 1
    EndUser.objects.filter(pk=user.pk).update(
        attributes=user.attributes, folded=user.folded, set_aside=user.set_aside, sources=user.sources,
        revision=F("revision") + 1,
    )  # fmt: skip
    if aside.get("entry"):
        Provenance.objects.filter(user=user).update(values={**provenance, ref: aside["entry"]})


def sources_of(user: EndUser, known: Registry) -> list[str]:
    return sorted({item.source for left in user.attributes if (item := known.by_ref(left))})


def provenance_of(user: EndUser) -> Entries:
    """As it is stored now."""
    return dict(Provenance.objects.filter(user=user).values_list("values", flat=True).first() or {})


def has_values(attribute: Attribute) -> bool:
    """Whether any user has a value, merged-away profiles included: only then may a definition not be deleted."""
    return EndUser.objects.filter(with_any(attribute.ref), project_id=attribute.project_id).exists()
