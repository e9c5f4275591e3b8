"""A worker killed in the middle of an import and of its undo: what comes of it is what comes of one that lived."""

import os
import signal

import pytest
from django.utils import timezone

from integrations.imports import making, steps
from integrations.models import Import
from segments.defining.edit import Author, create_segment
from segments.models import Membership
from tests.factories import SERVER, ProjectFactory, user
from tests.users.workers import until, worker
from users.jobs.machinery import run_all_jobs
from users.models import AttributeChange, EndUser, Job, UserTag
from users.registry.attributes import registry_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROWS = 900


def table():
    """New and known users, some twice, some lines that are refused."""
    lines = [f"u{number % (ROWS - 100)},{number},{'x' if number % 50 == 7 else number}" for number in range(ROWS)]
    return "\n".join(["user_id,plan,seats", *lines, ""]).encode()


def made(now):
    """An import of the table into a project of its own."""
    project = ProjectFactory()
    for number in range(0, ROWS, 15):
        user(project, f"u{number}", attributes={"plan": "Free", "seats": 1})
    listed = create_segment(project, {"name": "April"}, rule=None, static=True, by=Author(None, "x"), now=now)
    found, columns = making.make(project, "april.csv", [table()], SERVER, now)
    making.choose(found, columns, {"tag": "april", "segment": listed.pk, "columns": [
        {"column": "user_id"}, {"column": "plan"}, {"column": "seats", "type": "number"},
    ]})  # fmt: skip
    return found


def left(found):
    """All that it did, without the keys of rows."""
    found.refresh_from_db()
    known = registry_of(found.project)
    users = EndUser.objects.filter(project=found.project).order_by("user_id")
    changes = AttributeChange.objects.filter(project=found.project).order_by("pk")
    history: dict[str, list] = {}
    for change in changes.select_related("user"):
        refs = {known.by_ref(ref).field if known.by_ref(ref) else ref: what.get("n") for ref, what in change.changes.items()
                if ref != "jimer_id" and isinstance(what, dict)}  # fmt: skip
        history.setdefault(change.user.user_id, []).append((change.kind, sorted(refs.items(), key=str)))
    return {
        "import": (found.state, found.step, found.done, found.total, found.counts,
                   {name: found.undone.get(name) for name in ("restored", "removed", "left")}),
        "problems": list(found.problems.order_by("line", "id").values_list("step", "line", "column", "value", "reason")),
        "rows": list(found.rows.order_by("pk").values_list("line", "user__user_id", "created", "listed")),
        "users": {person.user_id: {known.by_ref(ref).field: value for ref, value in person.attributes.items()} for person in users},
        "history": history,
        "tagged": sorted(UserTag.objects.filter(user__project=found.project).values_list("user__user_id", flat=True)),
        "listed": sorted(Membership.objects.filter(user__project=found.project).values_list("user__user_id", flat=True)),
    }  # fmt: skip


def worked_off(found, folder, kills):
    """By real workers, each killed some way further, and a last one that lives."""
    for share in kills:
        with worker("--lane", "imports", IMPORTS_DIR=folder) as process:
            until(lambda share=share: done(found) >= share * ROWS, 120)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert Import.objects.get(pk=found.pk).state == "running", "it was through before it was killed"
        Job.objects.update(lease_until=timezone.now())  # it runs out by itself after half a minute
    with worker("--lane", "imports", IMPORTS_DIR=folder):
        until(lambda: Import.objects.get(pk=found.pk).state != "running", 120)


def done(found):
    return Import.objects.get(pk=found.pk).done


def test_an_import_and_its_undo_are_carried_out_once_however_often_the_worker_is_killed(settings, now):
    calm, killed = made(now), made(now)
    steps.start_run(calm, None, now)
    run_all_jobs()
    steps.start_run(killed, None, now)
    worked_off(killed, settings.IMPORTS_DIR, (0.1, 0.4))
    assert left(killed) == left(calm)
    assert killed.counts["rows"] == ROWS
    for found in (calm, killed):
        steps.start_undo(found, None, SERVER, now)
        if found is calm:
            run_all_jobs()
    worked_off(killed, settings.IMPORTS_DIR, (0.1, 0.4))
    assert left(killed) == left(calm)
    assert killed.state == "undone"
