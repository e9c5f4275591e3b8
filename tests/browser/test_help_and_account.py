"""The help, My account, New project and the Django admin, as people use them."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


def small(page, least):
    """The controls that are smaller than `least` px, those within text apart."""
    return page.evaluate(
        """least => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")].filter((one) => {
          const { width, height } = one.getBoundingClientRect();
          const free = !one.closest("p, li, label, .field--check, td") && !one.matches(".skip-link, .sr-only");
          return free && width && height && Math.min(width, height) < least;
        }).map((one) => one.outerHTML.slice(0, 120))""",
        least,
    )


def wider(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def test_help_is_searched_read_and_copied(enter):
    page = enter("viewer", permissions=["clipboard-read", "clipboard-write"])
    page.goto("/help/")
    page.keyboard.press("/")
    page.keyboard.type("manual init")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing in the help matches")).to_be_visible()
    page.get_by_role("searchbox", name="Search help").fill("stopping")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Starting later, and stopping").click()
    expect(page).to_have_url("/help/identify/#starting-later-and-stopping")
    expect(page.get_by_role("heading", name="Starting later, and stopping")).to_be_in_viewport()
    expect(page.get_by_role("navigation", name="Help", exact=True).locator("[aria-current]")).to_have_text(
        "Sending users and attributes"
    )
    page.get_by_role("button", name="Copy: Read what the browser knows").click()
    expect(page.locator("[data-announce]")).to_have_text("Copied")
    assert 'window.jimo.push(["get", "jimer:id"]);' in page.evaluate("navigator.clipboard.readText()")
    assert page.locator(".article > p").first.evaluate("one => one.offsetWidth") < 640, "about 70 characters"
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sources, and where to fix a value")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_help_and_account_fit_a_phone(enter, theme):
    page = enter("viewer", width=390, height=844, theme=theme)
    for address in ("/help/", "/help/segments/", "/help/roles/", "/help/sources/", "/account/", "/projects/new/"):
        page.goto(address)
        assert wider(page) <= 0, address
        assert small(page, 44) == [], address
    page.goto("/help/types/")
    page.get_by_text("On this page").first.click()
    page.get_by_role("navigation", name="Contents").get_by_role("link", name="Limits").click()
    expect(page.get_by_role("heading", name="Limits", exact=True)).to_be_in_viewport()


def test_the_theme_changes_at_once_and_stays(enter):
    page = enter("viewer")
    page.goto("/account/")
    with page.expect_response("**/account/theme/"):
        page.get_by_role("radio", name="Dark").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert small(page, 24) == []


def test_a_time_zone_is_found_by_city_and_country(enter):
    page = enter("viewer", timezone_id="Asia/Tokyo")
    page.goto("/projects/new/")
    zone = page.get_by_role("combobox", name="Time zone")
    expect(zone).to_have_value("Asia/Tokyo")
    expect(page.locator("[data-zone-now]")).to_contain_text("there now")
    zone.fill("Par")
    expect(page.get_by_role("option").first).to_contain_text("Paris, France")
    page.keyboard.press("Enter")
    expect(zone).to_have_value("Europe/Paris")
    expect(page.get_by_role("listbox")).to_be_hidden()
    zone.fill("munich")
    page.get_by_role("option", name="Munich, Germany").click()
    expect(zone).to_have_value("Europe/Berlin")
    zone.fill("nowhere at all")
    expect(page.get_by_role("option")).to_contain_text("No city or country is called so")
    assert not Axe().run(page).response["violations"]
    zone.fill("portugal")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Name").fill("Made here")
    zone.fill("lyon")
    zone.press("Escape")
    page.get_by_role("button", name="Create project").click()
    page.wait_for_url("**/p/made-here/users/")
    page.goto("/p/made-here/settings/project/")
    expect(page.get_by_role("combobox", name="Time zone")).to_have_value("Europe/Paris")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_django_admin_is_of_the_house(sign_in, demo, width, theme):
    page = sign_in("admin", width=width, height=844, theme=theme)
    person = f"/admin/users/enduser/{demo.showcase.pk}/change/"
    for address in ("/admin/", "/admin/users/enduser/", person, "/admin/users/account/"):
        page.goto(address)
        assert wider(page) <= 0, address
        assert [one for one in small(page, 24) if "sort" not in one and "toggle" not in one] == [], address
        expect(page.get_by_role("link", name="Back to Jimo")).to_be_visible()
    page.goto("/admin/")
    assert not Axe().run(page).response["violations"]
    expect(page.get_by_role("link", name="Membership moves")).to_be_hidden()
    page.locator("summary", has_text="For diagnosis").click()
    page.get_by_role("link", name="Membership moves").click()
    expect(page.get_by_role("heading", name="Select membership move to view")).to_be_visible()


def test_a_session_that_is_over_says_so_on_a_phone(enter):
    page = enter("viewer", width=390, height=844)
    page.expected = tuple(f"Failed to load resource: the server responded with a status of {status}"
                          for status in ("401 (Unauthorized)", "403 (Forbidden)"))  # fmt: skip
    page.goto("/account/")
    page.get_by_label("Name").fill("Typed before")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("nothing you typed is lost")
    assert banner.get_by_role("link", name="Sign in").evaluate("one => one.offsetHeight") == 44
    assert banner.get_by_role("button", name="Retry").evaluate("one => one.offsetHeight") == 44
    expect(page.get_by_label("Name")).to_have_value("Typed before")
