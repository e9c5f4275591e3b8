"""Each kind of job against each thing that a kind can: words, transactions, order, undo, what its end says."""

import ast
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.factories import member
from tests.reading import html_of
from users.accounts.roles import PERMISSIONS
from users.jobs import KINDS, register, start_job, words_for
from users.jobs.machinery import claim_and_run
from users.models import Attribute, Job

pytestmark = pytest.mark.django_db

TOP = Path(__file__).resolve().parents[2]
EACH = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)


@pytest.fixture
def client(project):
    found = Client()
    found.force_login(member(project, "admin"))
    return found


def shown(client, job):
    return html_of(client.get(reverse("job_progress", args=[job.project.slug, job.pk])))


def made(project, kind, state="queued", **params):
    return Job.objects.create(project=project, kind=kind.name, state=state, params=params)


@EACH
@pytest.mark.parametrize("state", Job.State.values)
def test_the_page_says_in_words_what_it_does(client, project, kind, state):
    page = shown(client, made(project, kind, state, name="vip"))
    words = words_for(Job(kind=kind.name, params={"name": "vip"}))
    assert words[0].isupper()
    assert words in page
    assert kind.name not in page
    assert ("0 changed" in page) == (state == "done" and kind.counts_changes)


def test_it_names_the_tag_that_goes(client, project):
    assert "Taking vip off its users" in shown(client, made(project, KINDS["delete_tag"], name="vip"))


@EACH
def test_its_undo_is_a_kind_that_waits_for_it(client, project, kind):
    job = made(project, kind, "done")
    assert ("Undo </button>" in shown(client, job)) == (kind.undo is not None)
    answer = client.post(reverse("job_undo", args=[project.slug, job.pk]))
    assert answer.status_code == (200 if kind.undo else 404)
    if kind.undo:
        assert kind.undo.permission in PERMISSIONS
        assert KINDS[kind.undo.kind].about == kind.about != ""
        assert Job.objects.get(undoes=job).kind == kind.undo.kind
        assert "Undo </button>" not in shown(client, job), "it is undone once"


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.undo], ids=lambda kind: kind.name)
def test_only_who_may_undoes_it(project, kind):
    least, _ = PERMISSIONS[kind.undo.permission]
    assert least != "viewer"
    viewer, job = Client(), made(project, kind, "done")
    viewer.force_login(member(project, "viewer"))
    assert "Undo </button>" not in shown(viewer, job)
    assert viewer.post(reverse("job_undo", args=[project.slug, job.pk])).status_code == 403
    assert not Job.objects.filter(undoes=job).exists()


@pytest.mark.django_db(transaction=True)
@EACH
def test_its_chunks_have_the_transactions_that_it_says(project, kind, monkeypatch):
    seen = []

    def chunk(job, now):
        seen.append(connection.in_atomic_block)
        return True

    monkeypatch.setitem(KINDS, kind.name, type(kind)(kind.name, chunk, kind.words, kind.own_transactions))
    job = start_job(project, kind.name, {})
    seen or claim_and_run(job.pk)
    assert seen == [not kind.own_transactions]


@EACH
def test_it_waits_for_what_is_about_the_same_only(project, kind):
    for other in KINDS.values():
        earlier = made(project, other)
        later = made(project, kind)
        waits = bool(kind.about) and kind.about == other.about
        assert (not run_is_free(later)) == waits, other.name
        Job.objects.filter(pk__in=[earlier.pk, later.pk]).delete()


def run_is_free(job):
    from users.jobs.machinery import unfinished_about_the_same

    return not unfinished_about_the_same(job).filter(pk__lt=job.pk).exists()


def test_a_kind_is_registered_once():
    with pytest.raises(ValueError, match="registered already"):
        register("bulk_tag", words="Tagging")(lambda job, now: True)


def test_each_kind_is_started_somewhere_and_each_that_is_started_is_there():
    """By its name, or as an undo."""
    named = set()
    for app in ("users", "segments", "integrations"):
        for path in (TOP / app).rglob("*.py"):
            if "migrations" not in path.parts:
                named |= kinds_started_in(ast.parse(path.read_text()))
    undone_by = {kind.undo.kind for kind in KINDS.values() if kind.undo}
    assert named | undone_by == KINDS.keys() - {"search_terms"}  # a migration starts that one


def kinds_started_in(tree):
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "start_job"
    ]
    return {arg.value for call in calls for arg in call.args[1:2] if isinstance(arg, ast.Constant)}


def test_the_pages_that_show_a_job_take_its_words_from_its_kind(client, project):
    size = Attribute.objects.create(project=project, source="custom", key="size", type="string")
    size.converting = made(project, KINDS["retype"])
    size.save()
    page = client.get(reverse("attribute_edit", args=[project.slug, size.pk])).content.decode()
    assert f"<strong>{KINDS['retype'].words}</strong>" in page
    templates = "".join(path.read_text() for path in (TOP / "templates").rglob("*.html"))
    assert not [kind.name for kind in KINDS.values() if isinstance(kind.words, str) and kind.words in templates]
