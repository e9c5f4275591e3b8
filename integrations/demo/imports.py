"""An import of 500 rows in the demo: three of its lines were refused, and it can be taken back."""

from datetime import datetime, timedelta
from random import Random

from integrations.demo.people import SEED
from integrations.imports import making, running, steps
from integrations.models import Import
from users.models import Account, EndUser, Job, OriginKind, Project
from users.writing.calls import Origin

NAME = "webinar-feedback.csv"
ROWS = 500
BAD = (("usr_10001", "eleven"), ("null", "64"), ("", "71"))
SPECIAL = ("usr_maya", "usr_metrics", "usr_unusual")  # what the demo tells of these stays as it is
MOST_CHUNKS = 1000


def build_import(project: Project, owner: Account, now: datetime) -> Import:
    """Of the day before yesterday, whenever it is built: no job of now has to run for it."""
    at = now - timedelta(days=2)
    origin = Origin(OriginKind.MEMBER, owner.pk, owner.display_name)
    found, table = making.make(project, NAME, [file_of(project).encode()], origin, at, owner)
    making.choose(found, table, {})
    steps.start_run(found, owner, at)
    job = found.job
    assert job is not None
    for _ in range(MOST_CHUNKS):
        if running.chunk(job, at):
            break
    Job.objects.filter(pk=job.pk).delete()
    found.refresh_from_db()
    return found


def file_of(project: Project) -> str:
    random = Random(SEED + 11)
    known = EndUser.objects.filter(project=project, user_id__isnull=False, merged_into=None).exclude(
        user_id__in=SPECIAL
    )
    ids = list(known.order_by("pk").values_list("user_id", flat=True)[: ROWS - len(BAD)])
    rows = [(user_id, str(random.randint(20, 100))) for user_id in ids]
    for place, bad in zip((40, 70, 110), BAD, strict=True):
        rows.insert(min(place, len(rows)), bad)
    return "user_id,webinar_score\n" + "".join(f"{user_id},{score}\n" for user_id, score in rows)
