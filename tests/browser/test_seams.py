"""Back goes where one was, and an address shows whom it is sent to the same."""

import re

from playwright.sync_api import expect

from users.models import Attribute
from users.registry.attributes import bump_version


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


def test_a_live_count_leads_to_the_list_that_it_counts(sign_in, demo):
    rule = '{"combinator":"and","rules":[{"field":"custom.plan","operator":"is_set"}]}'
    page = sign_in("editor")
    page.goto(f"/p/fernhill/segments/new/?rule={rule}")
    count = page.locator(".builder__count").get_by_role("link")
    shown = re.sub(r"\D", "", count.inner_text())
    with page.expect_popup() as opened:
        count.click()
    expect(opened.value.locator("#found strong")).to_have_text(shown)
    # a list shows nobody by a sensitive value, so its count leads nowhere
    hidden = '{"combinator":"and","rules":[{"field":"custom.plan","operator":"is","value":"Team"}]}'
    Attribute.objects.filter(key="plan").update(sensitive=True)
    bump_version(demo.showcase.project_id)
    page.goto(f"/p/fernhill/segments/new/?rule={hidden}")
    expect(page.locator(".builder__count")).to_contain_text("user")
    expect(count).to_have_count(0)


def test_who_wrote_a_value_leads_there_for_those_who_may_look(sign_in, demo):
    page = sign_in("admin")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/?tab=data")
    by = page.locator(".data__by").get_by_role("link").first
    name = by.inner_text()
    by.click()
    expect(page).to_have_url(re.compile(r"/settings/(keys/#key|members/#member)-\d+$"))
    target = page.locator(f"[id='{page.url.partition('#')[2]}']")
    expect(target).to_contain_text(name.removeprefix("Server key ").strip('"'))
    page = sign_in("viewer")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/?tab=data")
    expect(page.locator(".data__by").first).to_be_visible()
    expect(page.locator(".data__by").get_by_role("link")).to_have_count(0)
