"""Settings > Work shows by itself what became of a job, and leaves alone what somebody is at."""

from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from users.jobs import LANES
from users.jobs.beats import record_beat
from users.models import Job


def test_it_follows_the_work_and_retries(enter, project):
    job = Job.objects.create(project=project, kind="bulk_tag", params={"ids": []}, total=12000)
    page = enter("admin")
    page.goto(f"/p/{project.slug}/settings/work/")
    row = page.locator(f"#job-{job.pk}")
    expect(row).to_contain_text("Queued")
    expect(page.get_by_text("Edits and counts: no worker takes this lane")).to_be_visible()
    record_beat("here", timezone.now(), list(LANES))
    Job.objects.filter(pk=job.pk).update(state="failed", error="KeyError: 1", finished=timezone.now(), progress=1400)
    expect(row).to_contain_text("Failed")
    expect(row).to_contain_text("1,400 of 12,000")
    expect(page.get_by_text("no worker takes this lane")).to_have_count(0)
    assert not Axe().run(page).response["violations"]
    page.get_by_role("button", name="Retry: Tagging users").press("Enter")
    expect(page.get_by_text("Tagging users is tried again.")).to_be_visible()
    expect(row).to_contain_text("Queued")
