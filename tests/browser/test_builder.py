"""The rule builder by clicking and by keyboard alone: from the Users page to a saved segment and a profile's why."""

import json
import re
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import expect

from segments.models import Segment
from tests.factories import user
from users.jobs.machinery import run_all_jobs


def rule_of(page):
    text = parse_qs(urlparse(page.url).query).get("rule")
    return json.loads(text[0]) if text else None


def number(page):
    """How many match, while a segment's rule is made."""
    return page.locator(".builder__count")


def listed(page):
    """How many users the list has, once its newest rule has been asked."""
    expect(page.locator("#results.htmx-request")).to_have_count(0)
    return int(page.locator("#found strong").inner_text().replace(",", ""))


def picker(page):
    """What opens where a condition is added: at once in a list's filter, after a menu elsewhere."""
    button = page.locator("[data-add]:not([data-early])").last
    button.click()
    if button.get_attribute("aria-haspopup") != "dialog":
        page.get_by_role("button", name="Condition", exact=True).last.click()
    return page.get_by_role("dialog", name="Condition")


def quick(page, name):
    """Choose one of the quick filters; what it is called, its count left out."""
    picker(page).get_by_role("option").filter(has_text=name).first.click()


def add(page, name):
    """Open the picker and choose the attribute."""
    dialog = picker(page)
    dialog.get_by_label("Find an attribute").fill(name)
    dialog.locator(".popover__field").first.click()
    return dialog


def done(dialog):
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)


def test_a_newcomer_builds_saves_and_sees_why(sign_in, demo):
    page = sign_in("editor")
    dialog = add(page, "plan")
    dialog.get_by_role("button", name="is any of").click()
    dialog.get_by_role("option", name=re.compile("^Pro")).click()
    dialog.get_by_role("option", name=re.compile("Enterprise")).click()
    done(dialog)
    expect(page.get_by_role("button", name="plan is Pro or Enterprise").first).to_be_visible()
    page.wait_for_url("**rule=**")
    first = listed(page)
    dialog = add(page, "signup_date")
    dialog.get_by_role("button", name="is in the last", exact=True).click()
    dialog.get_by_label("Number").fill("600")
    done(dialog)
    dialog = add(page, "feature_usage")
    dialog.get_by_role("button", name="includes", exact=True).click()
    dialog.get_by_role("option", name=re.compile("boards")).click()
    expect(dialog).to_have_count(0)
    dialog = add(page, "Tags")
    dialog.get_by_role("button", name="does not include").click()
    dialog.get_by_role("combobox").fill("internal")
    dialog.get_by_role("option").first.click()
    expect(dialog).to_have_count(0)
    page.wait_for_url("**not_includes**")
    last = listed(page)
    assert 0 < last < first
    assert [condition["operator"] for condition in rule_of(page)["rules"]] == [
        "is_any_of",
        "in_last",
        "includes",
        "not_includes",
    ]
    page.get_by_role("link", name="Save as segment").click()
    expect(number(page)).to_have_text(re.compile(f"^{last} user"))
    page.get_by_label("Name").fill("Paying and engaged")
    page.get_by_role("button", name="Create segment").click()
    expect(page.locator(".figure")).to_have_text("—")
    run_all_jobs()
    expect(page.locator(".figure")).to_have_text(str(last))  # by itself
    page.get_by_role("heading", level=1).get_by_role("link", name="Segments").click()
    page.get_by_role("link", name="Paying and engaged").click()
    page.locator(".user-cell__name").first.click()
    page.get_by_role("link", name="Segments", exact=False).filter(has_text="Segments").last.click()
    page.get_by_role("button", name="Why in Paying and engaged").click()
    expect(page.locator(".verdict").first).to_contain_text("plan is Pro or Enterprise")
    expect(page.locator(".verdict__value").first).to_contain_text(re.compile("Pro|Enterprise"))


def test_back_undoes_the_last_filter_and_the_address_can_be_shared(sign_in, demo):
    page = sign_in("viewer")
    quick(page, "Identified")
    page.wait_for_url("**rule=**")
    quick(page, "Quiet")
    page.wait_for_url("**more_than_ago**")
    shared = page.url
    page.go_back()
    expect(page.locator("[data-chip]")).to_have_count(1)
    assert len(rule_of(page)["rules"]) == 1
    page.goto(shared)
    expect(page.locator("[data-chip]")).to_have_count(2)
    expect(page.get_by_role("link", name="Save as segment")).to_have_count(0)
    page.goto("/p/fernhill/users/?who=anonymous&tag=vip")
    assert [condition["operator"] for condition in rule_of(page)["rules"]] == ["is_not_set", "includes"]


def test_a_button_that_is_pressed_before_the_builder_is_ready_counts(sign_in, demo):
    page, held = sign_in("viewer"), []
    page.route("**/segments/fields/**", lambda route: held.append(route))
    page.goto("/p/fernhill/users/")
    page.get_by_role("button", name="+ Filter").click()
    held[0].continue_()
    page.get_by_role("option").filter(has_text="Quiet").click()
    page.wait_for_url("**more_than_ago**")
    expect(page.locator("[data-chip]")).to_have_count(1)


def test_by_keyboard_alone(sign_in, demo):
    page = sign_in("editor")
    page.locator("[data-add]:not([data-early])").press("Enter")
    page.keyboard.type("plan")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # "is", the first operator
    dialog = page.get_by_role("dialog", name="Condition")
    expect(dialog.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-chip]")).to_be_focused()
    page.locator("[data-add]").press("Enter")
    page.keyboard.type("identified")
    page.keyboard.press("Enter")
    expect(page.locator("[data-chip]")).to_have_count(2)
    second = page.locator("[data-chip]").nth(1)
    second.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-chip]").first).to_contain_text("User ID")
    page.keyboard.press("Delete")
    expect(page.locator("[data-chip]")).to_have_count(1)
    page.locator("[data-chip]").first.focus()
    page.keyboard.press("Control+z")
    expect(page.locator("[data-chip]")).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(page.locator("[data-chip]").first).to_contain_text("plan")


def test_groups_not_json_and_what_is_unfinished(sign_in, demo):
    page = sign_in("editor")
    page.goto("/p/fernhill/segments/new/")
    dialog = add(page, "plan")
    dialog.get_by_role("button", name="is", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.locator(".builder__missing")).to_have_text("Choose a value")
    expect(number(page)).to_have_count(0)
    page.get_by_role("button", name="JSON").click()
    area = page.get_by_label("The rule as JSON")
    area.fill('{"combinator": "or"')
    expect(page.locator(".builder__status")).to_contain_text(re.compile("JSON|Expected"))
    area.fill(json.dumps({"combinator": "and", "rules": [
        {"field": "custom.plan", "operator": "is_not", "value": "Free"},
        {"combinator": "or", "not": True, "rules": [{"field": "native.tags", "operator": "includes", "value": "vip"}]},
    ]}))  # fmt: skip
    expect(page.locator("[data-chip]")).to_have_count(2)
    expect(page.locator(".builder__effect", has_text="removes")).to_be_visible()
    page.get_by_role("button", name=re.compile("^and:")).click()
    expect(page.locator(".builder__sentence")).to_contain_text(" or not (")
    area = page.get_by_label("The rule as JSON")
    area.fill('{"combinator": "and", "rules": [{"field": "custom.plan", "operator": "gt", "value": 3}]}')
    page.get_by_role("button", name="Create segment").click()
    page.get_by_label("Name").fill("Typed by hand")
    page.get_by_role("button", name="Create segment").click()
    expect(page.get_by_role("alert").first).to_contain_text("Please check 1 field")
    expect(page.get_by_label("Name")).to_have_value("Typed by hand")
    assert not Segment.objects.filter(name="Typed by hand").exists()
    page.expected = ("Failed to load resource: the server responded with a status of 422 (Unprocessable Content)",
                     "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)")  # fmt: skip


def test_what_is_unfinished_stops_the_save_and_a_failed_one_loses_nothing(sign_in, demo):
    page = sign_in("editor")
    page.goto("/p/fernhill/segments/new/")
    dialog = add(page, "plan")
    dialog.get_by_role("button", name="is", exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_label("Name").fill("Mine")
    page.get_by_role("button", name="Create segment").click()
    expect(page.locator("[data-chip]")).to_be_focused()
    expect(page.locator(".builder__effect")).to_have_text("plan still needs a value. Choose one or remove it.")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Condition").get_by_role("option", name=re.compile("^Pro")).click()
    page.wait_for_url("**rule=**")
    session = [cookie for cookie in page.context.cookies() if cookie["name"] == "sessionid"]
    page.context.set_offline(True)
    page.get_by_role("button", name="Create segment").click()
    expect(page.locator("[data-unsent]")).to_contain_text("No connection")
    page.context.set_offline(False)
    page.context.clear_cookies(name="sessionid")
    page.locator("[data-unsent]").get_by_role("button", name="Retry").click()
    over = page.get_by_role("alert").filter(has_text="Sign in again in another tab")
    expect(over.get_by_role("link", name="Sign in")).to_have_attribute("href", "/sign-in/")
    page.context.add_cookies(session)
    over.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()
    page.expected = [text for text in page.complaints if "Failed to load resource" in text]


def test_a_change_after_the_difference_takes_it_away(sign_in, demo):
    page = sign_in("editor")
    segment = Segment.objects.get(name="Paying customers")
    page.goto(f"/p/fernhill/segments/{segment.pk}/rule/")
    page.get_by_role("button", name="See what changes").click()
    expect(page.locator("#change h2")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Remove ")).click()
    expect(page.locator("#change")).to_have_count(0)
    page.get_by_role("button", name="See what changes").click()
    expect(page.get_by_role("alert")).to_contain_text("add at least one condition")
    page.expected = [text for text in page.complaints if "422" in text]


def test_on_a_phone_the_editor_is_a_sheet(sign_in, demo):
    page = sign_in("viewer", width=390, height=844)
    dialog = add(page, "language")
    dialog.get_by_role("button", name="is", exact=True).click()
    box = dialog.bounding_box()
    assert box["x"] == 0
    assert round(box["y"] + box["height"]) == 844
    dialog.get_by_role("option").first.click()
    expect(page.get_by_role("button", name="Native Language is en", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1


def test_an_edit_shows_who_enters_and_leaves_before_it_is_saved(sign_in, demo):
    page = sign_in("editor")
    segment = Segment.objects.get(name="Paying customers")
    page.goto(f"/p/fernhill/segments/{segment.pk}/rule/")
    page.locator("[data-chip]", has_text="Pro or Enterprise").click()
    dialog = page.get_by_role("dialog", name="Condition")
    dialog.get_by_role("option", name=re.compile("Enterprise")).click()
    done(dialog)
    page.get_by_role("button", name="See what changes").click()
    expect(page.locator("#change h2")).to_have_text(re.compile(r"^0 enter, \d+ leave$"))
    leaving = int(page.locator("#change h2").inner_text().split()[2])
    assert leaving > 0
    page.get_by_role("button", name="Save this rule").click()
    page.wait_for_url(f"**/segments/{segment.pk}/")
    run_all_jobs()
    page.reload()
    before = segment.memberships.model.objects
    assert before.filter(segment=segment).exists()
    page.get_by_role("link", name="Versions").click()
    expect(page.locator(".versions li")).to_have_count(2)
    page.get_by_role("button", name="restore").click()
    expect(page.locator("#change h2")).to_have_text(f"{leaving} enter, 0 leave")
    page.get_by_role("button", name="Save this rule").click()
    page.wait_for_url(f"**/segments/{segment.pk}/")
    run_all_jobs()
    assert Segment.objects.get(pk=segment.pk).version == 3


def test_a_list_by_pasting(sign_in, demo):
    page = sign_in("editor")
    segment = Segment.objects.get(name="Customer council")
    page.goto(f"/p/fernhill/segments/{segment.pk}/add/")
    page.get_by_label("Ids or emails, one a line").fill("usr_maya\nnobody@nowhere.example\n")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("status").first).to_contain_text("user")
    expect(page.locator("table")).to_contain_text("No user has this id or email.")


def test_quick_filters_are_toggles_that_exclude_each_other(sign_in, demo):
    page = sign_in("editor")
    page.goto("/p/fernhill/users/")
    chips, chosen = page.locator("[data-builder] [data-chip]"), page.locator("[role=option][aria-selected=true]")
    quick(page, "Identified")
    expect(chips).to_have_text([re.compile("User ID.*has any value")])
    expect(chips).to_be_focused()
    quick(page, "Anonymous")
    expect(chips).to_have_text([re.compile("User ID.*has no value")])
    quick(page, "Active in the last 7 days")
    expect(chips).to_have_count(2)
    expect(page.get_by_role("link", name="Save as segment")).to_be_visible()
    picker(page)
    expect(chosen).to_have_text([re.compile("Anonymous"), re.compile("Active")])
    page.keyboard.press("Escape")
    quick(page, "Anonymous")
    expect(chips).to_have_text([re.compile("Last activity")])
    count = page.locator("#found strong")
    expect(count).to_have_text(re.compile(r"^[\d,]+$"))
    quick(page, "HubSpot")
    page.wait_for_url("**source=hubspot**")
    assert len(rule_of(page)["rules"]) == 1
    expect(count).to_have_text(page.locator("#found strong").inner_text())
    page.get_by_role("link", name="Remove the filter Source: HubSpot").click()
    page.wait_for_url(lambda url: "source=hubspot" not in url)
    expect(chips).to_have_count(1)


def test_what_was_typed_into_the_search_is_said_when_the_list_is_saved(enter, project):
    user(project, "u1", name="Maya", attributes={"plan": "Pro"})
    user(project, "u2", name="Sam", attributes={"plan": "Pro"})
    page = enter()
    page.goto(f"/p/{project.slug}/users/?source=custom")
    page.get_by_role("searchbox").first.fill("maya")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="Save as segment").click()
    expect(page.get_by_text("The search for “maya” is no part of it")).to_be_visible()
    expect(page.get_by_text("2 users", exact=True)).to_be_visible()


def test_the_vendor_segment_and_being_in_a_segment_are_two_things(sign_in, demo):
    page = sign_in("viewer")
    dialog = picker(page)
    dialog.get_by_label("Find an attribute").fill("segment")
    own = dialog.get_by_role("group", name="Membership")
    expect(own.get_by_role("option")).to_have_text([re.compile("In a segment.*one of your segments")])
    vendor = dialog.get_by_role("group", name="Segment", exact=True)
    expect(vendor.locator(".popover__group .source__tile")).to_have_count(1)
    expect(vendor.get_by_role("option", name=re.compile("api_edits_w01"))).to_be_visible()
    expect(vendor.get_by_role("option", name=re.compile("In a segment"))).to_have_count(0)
