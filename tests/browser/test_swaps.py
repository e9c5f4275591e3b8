"""Parts of a page that are asked for anew: what is shown when an answer is late, wrong, refused or another than expected."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.factories import user

SEARCH = "Find by name, email or id"
FAILED = "Failed to load resource: the server responded with a status of {}"


@pytest.fixture
def people(project):
    for name in ("Anna", "Berta", "Carla"):
        user(project, name.lower(), name=name)
    return project


@pytest.fixture
def listed(enter, people):
    """A page at the list of three users."""

    def make(role="editor"):
        page = enter(role)
        page.goto(f"/p/{people.slug}/users/")
        expect(page.locator("[data-row]")).to_have_count(3)
        return page

    return make


def names(page):
    return page.locator("[data-row]")


def test_back_after_a_search_shows_the_list_before(listed):
    page = listed()
    page.get_by_label(SEARCH).fill("ann")
    expect(names(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("q=ann"))
    page.go_back()
    expect(names(page)).to_have_count(3)
    expect(page.get_by_label(SEARCH)).to_have_value("")
    page.go_forward()
    expect(names(page)).to_have_count(1)


def test_back_from_a_profile_keeps_the_page(listed):
    page = listed()
    page.get_by_label(SEARCH).fill("ann")
    expect(names(page)).to_have_count(1)
    page.get_by_role("link", name="Anna", exact=True).click()
    expect(page.locator("#panel h2").first).to_be_visible()
    page.evaluate("document.body.dataset.same = ''")
    page.go_back()
    expect(page.locator("#panel")).to_be_empty()
    expect(page.locator("body[data-same]")).to_have_count(1)
    expect(names(page)).to_have_count(1)


def test_the_last_of_quick_searches_wins(listed):
    page = listed()
    held = []

    def hold(route):
        asked = parse_qs(urlsplit(route.request.url).query)["q"][0]
        if asked == "carla":
            return route.continue_()
        held.append(route)  # answered late, or never if the page gave it up
        return None

    page.route("**/users/?q=*", hold)
    for count, text in enumerate(("anna", "berta"), 1):
        page.get_by_label(SEARCH).fill(text)
        while len(held) < count:
            page.wait_for_timeout(20)
    page.wait_for_timeout(50)  # what the first one left behind is cleared
    page.get_by_label(SEARCH).fill("carla")
    expect(names(page)).to_have_text([re.compile("Carla")])
    for route in held:
        route.continue_()
    page.wait_for_timeout(500)
    expect(names(page)).to_have_text([re.compile("Carla")])
    expect(page).to_have_url(re.compile("q=carla"))
    expect(page.locator("#results.htmx-request")).to_have_count(0)


def test_an_answer_that_is_replaced_while_it_comes_says_nothing(listed):
    """Its head is here, its body never ends: the page gives it up without a complaint of the browser."""
    page = listed()
    page.evaluate("""() => {
        const real = window.fetch;
        window.fetch = (url, request) => {
            if (!String(url).includes("q=anna")) return real(url, request);
            window.begun = true;
            const body = new ReadableStream({
                start: (out) => request.signal.addEventListener("abort", () => out.error(request.signal.reason)),
            });
            return Promise.resolve(new Response(body, { headers: { "Content-Type": "text/html" } }));
        };
    }""")
    page.get_by_label(SEARCH).fill("anna")
    page.wait_for_function("() => window.begun")
    page.get_by_label(SEARCH).fill("carla")
    expect(names(page)).to_have_text([re.compile("Carla")])
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_went_wrong_leaves_the_page_and_says_so(listed):
    page = listed()
    page.expected = (FAILED.format("500 (Internal Server Error)"),)
    page.route("**/users/?q=*", lambda route: route.fulfill(status=500, body="<h1>Broken</h1>"))
    before = page.url
    page.get_by_label(SEARCH).fill("ann")
    expect(page.get_by_role("alert")).to_contain_text("This did not work. Nothing was changed.")
    expect(names(page)).to_have_count(3)
    expect(page.get_by_text("Broken")).to_have_count(0)
    expect(page.locator("#results.htmx-request")).to_have_count(0)
    assert page.url == before


def test_a_search_after_the_session_goes_on_when_signed_in_again(listed):
    page = listed()
    page.expected = (FAILED.format("401 (Unauthorized)"),)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_label(SEARCH).fill("ann")
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("Your session is over")
    expect(names(page)).to_have_count(3)
    page.context.add_cookies(cookies)
    banner.get_by_role("button", name="Retry").click()
    expect(names(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("q=ann"))


def test_a_search_without_a_connection_says_so(listed):
    page = listed()
    page.context.set_offline(True)
    page.get_by_label(SEARCH).fill("ann")
    expect(page.get_by_role("alert")).to_contain_text("No connection.")
    page.expected = list(page.complaints)
    expect(names(page)).to_have_count(3)


def test_a_value_that_does_not_fit_is_said_in_its_form(enter, project):
    page = enter("editor")
    page.expected = (FAILED.format("422 (Unprocessable Content)"),)
    page.goto(f"/p/{project.slug}/users/{user(project, attributes={'seats': 3}).pk}/")
    row = page.locator('[data-attribute][data-label="seats"]')
    row.get_by_label("Actions for seats").click()
    row.get_by_role("button", name="Edit").click()
    field = page.get_by_label("seats", exact=True)
    field.fill("many")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("many")
    expect(page.locator(".attribute--editing")).to_have_count(1)
    expect(row.locator(".data__value")).to_contain_text("3")


def test_a_new_attribute_that_does_not_fit_is_said_in_its_form(enter, project):
    page = enter("admin")
    page.expected = (FAILED.format("422 (Unprocessable Content)"),)
    page.goto(f"/p/{project.slug}/users/{user(project, 'u1').pk}/")
    page.get_by_role("link", name="Add attribute").click()
    page.get_by_label("Attribute", exact=True).fill("seats")
    page.get_by_label("Type of the new attribute").select_option("number")
    page.get_by_label("Value", exact=True).fill("many")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#value-new-error")).to_be_visible()
    expect(page.get_by_label("Attribute", exact=True)).to_have_value("seats")
    expect(page.get_by_label("Value", exact=True)).to_have_value("many")
