"""Changing an attribute's type: what would convert, what would be lost, and doing it in the background.

The definition gets its new type at once, marked as converting, so that every later call is held to it; stored
values of the former type count as absent until their chunk is converted. What does not convert is moved to
EndUser.set_aside, which the profile shows.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q

from users import store
from users.attributes import Registry, definitions_moved, registry_of
from users.jobs import register, start
from users.models import NATIVE, Account, Attribute, EndUser, Job, Provenance
from users.types import TYPES, Misfit, convert, folded, is_of, same
from users.values import HasRef

CHUNK: Final = 200
READ: Final = 2000
SAMPLES: Final = 5
AT_ONCE: Final = 20_000  # users whose values a page may try while somebody waits
GOOD_FOR: Final = timedelta(minutes=10)


class WouldLose(Exception):
    """The change would lose values and was not confirmed."""

    def __init__(self, found: "Preview") -> None:
        super().__init__(f"{found.lost:,} of {found.converts + found.lost:,} values would be lost.")
        self.preview = found


@dataclass(slots=True)
class Preview:
    """Of the stored values, how many convert and how many would be set aside, with examples of the latter."""

    to: str
    converts: int = 0
    lost: int = 0
    samples: list[dict[str, Any]] = field(default_factory=list)  # {"value", "reason"}


def preview(attribute: Attribute, to: str) -> Preview:
    """Try every stored value, in chunks by id; writes nothing."""
    found = Preview(to)
    last: int | None = 0
    while last is not None:
        last = preview_chunk(found, attribute, last)
    return found


def preview_chunk(found: Preview, attribute: Attribute, last: int) -> int | None:
    """Try the values of the next users; where to go on, None at the end."""
    rows = list(
        EndUser.objects.filter(HasRef("attributes", attribute.ref), project_id=attribute.project_id, pk__gt=last)
        .order_by("pk").values_list("pk", "attributes")[:READ]
    )  # fmt: skip
    for _, attributes in rows:
        try_value(found, attributes[attribute.ref])
    return rows[-1][0] if len(rows) == READ else None


@register("preview_type")
def preview_job(job: Job, now: datetime) -> bool:
    """params: {"attribute", "to"}; result: what Preview holds. For projects too large to wait for the page."""
    attribute = Attribute.objects.filter(pk=job.params["attribute"]).first()
    if attribute is None:
        return True
    found = Preview(job.params["to"], **job.result)
    job.cursor = preview_chunk(found, attribute, job.cursor or 0)
    job.result = {"converts": found.converts, "lost": found.lost, "samples": found.samples}
    job.progress = found.converts + found.lost
    return job.cursor is None


def previewed(
    attribute: Attribute, to: str, by: Account | None, now: datetime, *, may_start: bool = True
) -> Preview | Job | None:
    """The preview, or for a large project the job that makes it; it is good for ten minutes."""
    if not EndUser.objects.filter(project_id=attribute.project_id).order_by("pk")[AT_ONCE:].exists():
        return preview(attribute, to)
    params = {"attribute": attribute.pk, "to": to}
    jobs = Job.objects.filter(project_id=attribute.project_id, kind="preview_type", created__gt=now - GOOD_FOR)
    for job in jobs.exclude(state=Job.State.FAILED).order_by("-pk"):
        if job.params == params:
            return Preview(to, **job.result) if job.state == Job.State.DONE else job
    return start(attribute.project, "preview_type", params, by, total=attribute.coverage) if may_start else None


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
        raise ValueError("The types of native attributes are fixed.")
    former = attribute.converting
    if former is not None and former.state in (Job.State.QUEUED, Job.State.RUNNING):
        raise ValueError("A change of this attribute's type is under way. Wait until it is done.")
    if attribute.type == to and former is None:
        return None
    found = found or preview(attribute, to)
    if found.lost and not confirm:
        raise WouldLose(found)
    with transaction.atomic():
        job = start(
            attribute.project, "retype",
            {"attribute": attribute.pk, "from": former.params["from"] if former else attribute.type, "to": to}, by,
            total=found.converts + found.lost,
        )  # fmt: skip
        as_read = Attribute.objects.filter(pk=attribute.pk, type=attribute.type, converting=former)
        if not as_read.update(type=to, converting=job):
            raise ValueError("Somebody else changed this attribute's type just now. Look at it again.")
        definitions_moved(attribute.project, [attribute.ref])
    return job


@register("retype")
def convert_chunk(job: Job, now: datetime) -> bool:
    """Convert the next users, locked in order of id."""
    attribute = Attribute.objects.filter(pk=job.params["attribute"]).first()
    if attribute is None:
        return True
    ref, last = attribute.ref, job.cursor or 0
    candidates = EndUser.objects.filter(project_id=attribute.project_id, pk__gt=last).order_by("pk")
    ids = list(candidates.values_list("pk", flat=True)[:CHUNK])
    store.lock(attribute.project_id, ids)
    known = registry_of(attribute.project)
    for user in EndUser.objects.filter(pk__in=ids).order_by("pk"):
        if ref in user.attributes:
            job.progress += 1
            convert_user(user, ref, job, known)
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
    value = user.attributes.pop(ref)
    user.set_aside[ref] = {"value": value, "type": job.params["from"], "reason": reason, "job": job.pk}
    user.sources = sorted({item.source for left in user.attributes if (item := known.by_ref(left))})
    job.result["lost"] = job.result.get("lost", 0) + 1
    Provenance.objects.filter(user=user).update(values=without(user, ref))


def without(user: EndUser, ref: str) -> dict[str, Any]:
    values = dict(Provenance.objects.get(user=user).values)
    values.pop(ref, None)
    return values


def has_values(attribute: Attribute) -> bool:
    """Whether any user has a value, merged-away profiles included: only then may a definition not be deleted."""
    somebody = Q(HasRef("attributes", attribute.ref)) | Q(HasRef("set_aside", attribute.ref))
    return EndUser.objects.filter(somebody, project_id=attribute.project_id).exists()
