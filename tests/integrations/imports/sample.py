"""Imports for tests of others: a file of two lines, with the job of one of its steps waiting."""

from django.utils import timezone

from integrations.imports import making, steps
from tests.factories import SERVER
from users.jobs.machinery import claim_and_run


def draft(project, text="user_id,plan\nu1,Pro\nnew,Free\n", **options):
    found, table = making.make(project, "april.csv", [text.encode()], SERVER, timezone.now())
    making.choose(found, table, options)
    return found


def import_job(project, kind):
    """A job of this kind that has something to do."""
    found, now = draft(project), timezone.now()
    if kind == "import_dry_run":
        steps.start_dry_run(found, None, now)
    else:
        steps.start_run(found, None, now)
    if kind == "import_undo":
        claim_and_run(found.job.pk)
        found.refresh_from_db()
        steps.start_undo(found, None, SERVER, now)
    return found.job
