"""The History tab: days, who did what, values in one column, and a merge that is undone only when confirmed."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories import SERVER, SNIPPET
from users.models import Merge
from users.writing.calls import Call, TagChange
from users.writing.identify import identify


@pytest.mark.parametrize("width", [1440, 390])
def test_a_timeline_by_day_and_a_merge_that_asks_first(enter, project, width):
    now = timezone.now() - timedelta(seconds=5)
    yesterday = now - timedelta(days=1)
    identify(project, Call(jimer_id="phone", attributes={"os": "iOS"}), SNIPPET, now - timedelta(days=40))
    identify(project, Call(user_id="maya", name="Maya", attributes={"plan": "Free"}), SERVER, yesterday)
    identify(project, Call(user_id="maya", jimer_id="phone"), SNIPPET, yesterday)
    identify(project, Call(user_id="maya", attributes={"plan": "Pro"}), SERVER, now)
    identify(project, Call(user_id="maya", tags=TagChange(add=["vip", "beta"])), SERVER, now)
    maya = project.end_users.get(user_id="maya")
    page = enter(width=width)
    page.goto(f"/p/{project.slug}/users/{maya.pk}/?tab=history")
    expect(page.locator(".timeline__heading").first).to_have_text("Today")
    expect(page.locator(".timeline__heading").nth(1)).to_have_text("Yesterday")
    lines = page.locator(".history__line")
    expect(lines.nth(0)).to_contain_text("tagged")
    expect(lines.nth(0).locator(".tag")).to_have_text(["vip", "beta"])
    expect(lines.nth(1)).to_contain_text("changed")
    expect(lines.nth(1).locator(".history__was")).to_have_text("Free")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Undo this merge").click()
    dialog = page.get_by_role("dialog", name="Undo this merge?")
    dialog.get_by_role("button", name="Cancel").click()
    assert Merge.objects.get().undone_at is None
    page.get_by_role("button", name="Undo this merge").click()
    dialog.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text("The merge was undone")).to_be_visible()
    assert f"/users/{Merge.objects.get().absorbed_id}/" in page.url
    expect(page.locator(".history__line").last).to_contain_text("was first seen")
