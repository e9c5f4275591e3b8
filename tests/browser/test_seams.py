"""Back goes where one was, and an address shows whom it is sent to the same."""

import re

from playwright.sync_api import expect


def current(page, inside):
    return page.locator(inside).get_by_role("navigation", name="Profile").locator('[aria-current="page"]')


def test_the_panels_tab_is_in_the_address_and_back_leaves_it(sign_in, demo):
    page = sign_in("viewer")
    page.locator(f'a[data-open="{demo.showcase.pk}"]').first.click()
    expect(current(page, "#panel")).to_have_text("Data")
    page.locator("#panel").get_by_role("link", name="History").click()
    expect(current(page, "#panel")).to_have_text("History")
    expect(page).to_have_url(re.compile(rf"\?open={demo.showcase.pk}&tab=history$"))
    shared = page.url
    page.go_back()
    expect(current(page, "#panel")).to_have_text("Data")
    page.go_back()
    expect(page.locator("#panel")).to_be_empty()
    expect(page).to_have_url(re.compile("/users/$"))
    page.go_forward()
    page.go_forward()
    expect(current(page, "#panel")).to_have_text("History")
    other = sign_in("editor")
    other.goto(shared)
    expect(current(other, "#panel")).to_have_text("History")
    other.keyboard.press("Escape")
    expect(other).to_have_url(re.compile("/users/$"))
    narrow = sign_in("viewer", width=390)
    narrow.goto(shared)
    expect(narrow).to_have_url(re.compile(rf"/users/{demo.showcase.pk}/\?tab=history$"))


def test_a_profile_is_shared_as_it_is_narrowed(sign_in, demo):
    page = sign_in("viewer")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/?tab=data")
    page.get_by_role("button", name=re.compile(r"^HubSpot \d")).click()
    page.get_by_label("Search names, keys and values").fill("plan")
    expect(page.locator("[data-attribute]:visible")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"source=hubspot&q=plan$"))
    page.reload()
    expect(page.locator("[data-attribute]:visible")).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile(r"^HubSpot \d"))).to_have_attribute("aria-pressed", "true")
