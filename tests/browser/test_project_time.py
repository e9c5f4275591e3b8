"""In the browser, too, days and times are those of the project's zone, and numbers and days read as in tables."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.test_builder import done
from tests.browser.test_suggestions import choose
from tests.factories import ProjectFactory, user

# The two are 25 hours apart: whatever the browser's zone, it has another day than one of them.
ZONES = ["Pacific/Kiritimati", "Pacific/Pago_Pago"]


@pytest.fixture
def project(zone):
    return ProjectFactory(time_zone=zone)


@pytest.mark.parametrize("zone", ZONES)
def test_today_is_the_projects_and_words_are_those_of_tables(enter, project, zone):
    user(project, "u1", attributes={"joined": "2024-06-15T11:00:00Z", "seats": 1234})
    page = enter()
    page.goto(f"/p/{project.slug}/users/")
    before = datetime.now(ZoneInfo(zone)).date()
    dialog, _ = choose(page, "joined", "is after")
    today = dialog.locator("[aria-current=date]")
    expect(today).to_have_count(1)
    assert before.isoformat() <= today.get_attribute("data-day") <= datetime.now(ZoneInfo(zone)).date().isoformat()
    dialog.get_by_label("Day").fill("2024-01-01T11:00:00Z")
    done(dialog)
    offset = {"Pacific/Kiritimati": "2 Jan 2024, 01:00:00 +14", "Pacific/Pago_Pago": "1 Jan 2024, 00:00:00"}[zone]
    expect(page.locator("[data-chip]").last).to_contain_text(offset)
    dialog, _ = choose(page, "joined", "is before")
    dialog.get_by_label("Day").fill("2025-01-31")
    done(dialog)
    expect(page.locator("[data-chip]").last).to_contain_text("31 Jan 2025")
    dialog, box = choose(page, "seats", "is less than")
    box.fill("123456.5")
    box.press("Enter")
    expect(page.locator("[data-chip]").last).to_contain_text("123,456.5")
    expect(page.locator("#found")).to_have_text(re.compile(r"^\s*1\s+user\s*$"))
