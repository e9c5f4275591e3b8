"""Figures in pages are grouped: 2,103, not 2103."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import member, user
from tests.reading import html_of
from users.jobs import start_job
from users.models import Attribute, Job, Tag
from users.writing.retype import Preview

pytestmark = pytest.mark.django_db


def test_figures_of_jobs_tags_and_type_changes_are_grouped(project, monkeypatch):
    user(project, "u1", attributes={"plan": "Pro"})
    client = Client()
    client.force_login(member(project, "admin"))
    job = start_job(project, "bulk_tag", {"ids": [], "add": ["vip"]}, total=23_456)
    Job.objects.filter(pk=job.pk).update(progress=1_234)
    assert "1,234 of 23,456" in html_of(client.get(reverse("job_progress", args=[project.slug, job.pk])))
    Job.objects.filter(pk=job.pk).update(state="done", result={"changed": 5_678, "refused": 1_111, "reason": "no"})
    done = client.get(reverse("job_progress", args=[project.slug, job.pk])).content.decode()
    assert "5,678 changed" in done
    assert "1,111 refused" in done
    Tag.objects.create(project=project, name="vip", folded="vip", user_count=4_321)
    assert ">4,321</a>" in client.get(reverse("tags", args=[project.slug])).content.decode()
    found = Preview("number", converts=2_102, lost=3_103, restored=1_001)
    monkeypatch.setattr("users.views.retype.preview_or_job", lambda *args, **more: found)
    plan = Attribute.objects.get(project=project, key="plan")
    page = client.get(reverse("attribute_type", args=[project.slug, plan.pk]), {"to": "number"}).content.decode()
    for text in ("2,102", "3,103", "1,001"):
        assert text in page
