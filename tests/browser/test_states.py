"""Lists that wait, or that no answer reaches: rows stay where they are, and the page says what happened."""

import pytest
from playwright.sync_api import expect

LISTS = {"users/": "#q", "segments/": "#q", "data/attributes/": "#q", "data/tags/": "#q", "data/ingest/": "#user"}
ROWS = "#results :is(tbody tr, .history__line)"
PLACES = """() => [...document.querySelectorAll("#results :is(tbody tr, .history__line)")].map(
  (row) => { const { x, y, width, height } = row.getBoundingClientRect(); return [x, y, width, height]; })"""


@pytest.mark.parametrize("width", [1280, 390])
def test_a_list_that_waits_moves_nothing(sign_in, demo, width):
    page = sign_in(width=width)
    moved = []
    for path, field in LISTS.items():
        page.goto(f"/p/fernhill/{path}")
        before = page.evaluate(PLACES)
        assert before, path
        page.route("**/*", lambda route: None if "=a" in route.request.url else route.continue_())  # never answered
        page.locator(field).fill("a")
        expect(page.locator("#results.htmx-request")).to_be_attached()
        if page.locator("#results table").count():
            expect(page.locator(f"{ROWS} td:not(.check)").first).to_have_css("color", "rgba(0, 0, 0, 0)")
        after = page.evaluate(PLACES)
        moved += [(path, was, now) for was, now in zip(before, after, strict=True) if was != now]
        page.unroute_all(behavior="ignoreErrors")
    page.expected = page.complaints
    assert not moved


@pytest.mark.parametrize("width", [1280, 390])
def test_lists_without_a_connection_or_session_say_so_and_go_on(sign_in, demo, width):
    page = sign_in(width=width)
    for path, field in LISTS.items():
        page.goto(f"/p/fernhill/{path}")
        rows = page.locator(ROWS).count()
        page.context.set_offline(True)
        page.locator(field).fill("zzzz")
        banner = page.locator(".offline")
        expect(banner).to_contain_text("No connection")
        expect(banner).to_be_in_viewport(ratio=1)
        expect(page.locator(ROWS)).to_have_count(rows)
        page.context.set_offline(False)
        banner.get_by_role("button", name="Retry").click()
        expect(banner).to_be_hidden()
        expect(page.locator(ROWS)).to_have_count(0)
        expect(page.locator("#results .empty")).to_be_visible()
    cookies = page.context.cookies()
    for path, field in LISTS.items():
        page.goto(f"/p/fernhill/{path}")
        page.context.clear_cookies()
        page.locator(field).fill("zzzz")
        expect(page.locator(".offline")).to_contain_text("Your session is over")
        expect(page.locator(field)).to_have_value("zzzz")
        page.context.add_cookies(cookies)
        page.locator(".offline").get_by_role("button", name="Retry").click()
        expect(page.locator("#results .empty")).to_be_visible()
    page.expected = page.complaints
