"""The list of users: rows, what is picked, what is done with it, and popups that stay in sight."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from segments.models import Membership, Segment
from tests.factories import user
from users.jobs.beats import record_beat
from users.jobs.machinery import run_all_jobs


@pytest.fixture
def crowd(project):
    for number in range(8):
        user(project, f"u{number}", name=f"Person {number}", email=f"p{number}@acme.test")
    return project


def test_rows_open_and_are_picked_in_ranges(enter, crowd):
    page = enter()
    page.goto(f"/p/{crowd.slug}/users/")
    rows, boxes = page.locator("[data-row]"), page.locator("[data-select]")
    before = [rows.nth(at).bounding_box() for at in (0, 2, 7)]
    rows.nth(2).locator("td").last.click()
    expect(page.locator("#panel h2").first).to_have_text(rows.nth(2).locator(".user-cell__name").inner_text())
    assert [rows.nth(at).bounding_box() for at in (0, 2, 7)] == before, "the list stays where it is"
    assert page.locator("#panel .profile__head").bounding_box()["height"] <= 100
    page.keyboard.press("Escape")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(page.locator("[data-select]:checked")).to_have_count(4)
    expect(page.locator("[data-selection]")).to_contain_text("4 selected")
    expect(page.locator("#panel")).to_be_empty()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-select]:checked")).to_have_count(1)
    page.get_by_role("button", name="Clear the selection").click()
    expect(page.locator("[data-selection]")).to_be_hidden()


def test_picked_users_go_on_a_list_or_into_a_file(enter, crowd):
    page = enter()
    record_beat("test", timezone.now())
    page.goto(f"/p/{crowd.slug}/users/")
    for at in (0, 1, 2):
        page.locator("[data-select]").nth(at).check()
    page.get_by_role("button", name="Add to list").click()
    dialog = page.get_by_role("dialog", name="Add 3 to a list")
    expect(dialog.get_by_role("radio", name="A new list")).to_be_checked()
    dialog.get_by_role("button", name="Add to list").click()
    expect(dialog.get_by_role("alert")).to_be_visible()  # a list needs a name
    page.expected = [text for text in page.complaints if "422" in text]
    dialog.get_by_label("Name of the new list").fill("For a call")
    dialog.get_by_role("button", name="Add to list").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#job")).to_contain_text("Adding users to For a call")
    expect(page.locator("[data-select]:checked")).to_have_count(0)
    page.locator("[data-select]").nth(5).check()
    with page.expect_response(re.compile(r"/users/$")):  # the rows are asked for again
        run_all_jobs()
    expect(page.locator("#job")).to_contain_text("3 changed")
    assert Membership.objects.filter(segment=Segment.objects.get(name="For a call")).count() == 3
    expect(page.locator("[data-select]").nth(5)).to_be_checked()
    expect(page.locator("[data-selection]")).to_contain_text("1 selected")
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export 1 user")
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Export").click()
    assert re.match(r"users-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 560), (390, 844)])
def test_popups_of_the_selection_stay_inside_the_window(enter, crowd, width, height):
    page = enter("admin", width=width, height=height)
    page.goto(f"/p/{crowd.slug}/users/")
    page.locator("[data-select]").last.check()
    page.locator("[data-bulk] [data-tag-open]").click()
    inside(page, "[data-tag-popup]:not([hidden])")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear the selection").click()
    page.locator("[data-add]").click()
    inside(page, "[data-popover]")


def inside(page, selector):
    """The popup is wholly in the window, once it is where it stays."""
    expect(page.locator(selector)).to_be_visible()
    expect(page.locator(selector)).to_be_in_viewport(ratio=1)


def test_picks_outlive_the_rows_that_are_asked_for_again(enter, crowd):
    page = enter()
    page.goto(f"/p/{crowd.slug}/users/")
    page.locator("[data-select]").nth(5).check()
    held = []
    page.route(re.compile(r"/users/$"), lambda route: held.append(route))
    page.evaluate("document.dispatchEvent(new Event('job-ended'))")
    expect(page.locator("#results.htmx-request")).to_be_attached()
    page.locator("[data-row]").first.locator("td").last.click()  # another exchange comes first
    expect(page.locator("#panel [data-person]")).to_have_count(1)
    held[0].continue_()
    expect(page.locator("#results.htmx-request")).to_have_count(0)
    expect(page.locator("[data-select]").nth(5)).to_be_checked()


def test_columns_are_found_chosen_and_put_in_order(enter, crowd):
    user(crowd, "u0", attributes={"plan": "Pro", "seats": 5})
    user(crowd, "u1", attributes={"seats": 12})
    page = enter()
    page.goto(f"/p/{crowd.slug}/users/")
    page.get_by_role("button", name="Columns").click()
    dialog = page.get_by_role("dialog", name="Columns")
    expect(dialog.get_by_label("Find a column")).to_be_focused()
    page.keyboard.type("seat")
    expect(dialog.locator("[data-column]:visible")).to_have_count(1)
    dialog.get_by_role("checkbox", name="seats").check()
    dialog.get_by_label("Find a column").fill("nobody has this")
    expect(dialog.get_by_text("No attribute is called that.")).to_be_visible()
    dialog.get_by_label("Find a column").fill("")
    dialog.get_by_role("checkbox", name="Tags").uncheck()
    shown = dialog.locator("[data-columns-shown] .picker__name")
    expect(shown).to_have_text(["Email", "Sources", "Sessions", "Last activity", "seats"])
    handle = dialog.get_by_role("button", name="Move seats")
    handle.press("ArrowUp")
    handle.press("ArrowUp")
    expect(handle).to_be_focused()
    below = dialog.get_by_role("button", name="Move Last activity")
    dialog.get_by_role("button", name="Move Email").drag_to(below, target_position={"x": 5, "y": 3})
    expect(shown).to_have_text(["Sources", "seats", "Sessions", "Email", "Last activity"])
    dialog.get_by_role("button", name="Show these").click()
    heads = page.locator("thead th")
    expect(heads).to_have_text(["", "User", "Sources", "seats", "Sessions", "Email", "Last activity"])
    page.get_by_role("link", name="seats").click()
    expect(page.locator("[data-row] .user-cell__id").first).to_have_text("u1")
    expect(heads.nth(3)).to_have_attribute("aria-sort", "descending")
