"""What people do all day, in a real browser."""

import re

from django.utils import timezone
from playwright.sync_api import expect

from tests.factories import SNIPPET, value_of
from users.jobs.beats import record_beat
from users.jobs.machinery import run_all_jobs
from users.models import AttributeChange, EndUser, UserTag
from users.writing.calls import Call
from users.writing.identify import identify


def maya_row(page, name):
    return (
        page.locator("[data-attribute]")
        .filter(has=page.get_by_role("button", name=f"{name}: history", exact=False))
        .first
    )


def test_find_a_user_and_read_where_every_value_came_from(sign_in):
    page = sign_in("viewer")
    page.get_by_label("Find by name, email or id").type("may", delay=30)
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row] mark").first).to_have_text("May")
    page.get_by_role("link", name="Maya Lindqvist", exact=True).click()
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", name="Maya Lindqvist")).to_be_visible()
    assert "open=" in page.url
    names = panel.locator("tbody[data-group] .attribute__name").all_inner_texts()
    assert names[:10] == [
        "Jimer ID",
        "User ID",
        "Name",
        "Email",
        "Language",
        "First seen",
        "Last activity",
        "Sessions",
        "Created",
        "Tags",
    ]
    groups = panel.locator(".group").all_inner_texts()
    assert [text.split("\n")[0].strip().split(" ")[0].split("\t")[0][:6] for text in groups] == [
        "Native",
        "Custom",
        "HubSpo",
        "Salesf",
    ]
    page.reload()
    expect(panel.get_by_role("heading", name="Maya Lindqvist")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_empty()
    assert "open=" not in page.url
    expect(page.get_by_role("link", name="Maya Lindqvist", exact=True)).to_be_focused()


def test_the_differing_plan_shows_both_sides(sign_in, demo):
    page = sign_in("viewer")
    with page.expect_response("**/dismiss/"):
        page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
    with page.expect_response("**/dismiss/"):
        page.get_by_role("button", name="HubSpot says Enterprise").click()
    detail = page.locator(".attribute--detail")
    expect(detail).to_contain_text("These are two attributes; segments use the one you pick.")
    page.goto("/p/fernhill/users/")
    expect(page.locator(".tour__item[data-done]")).to_have_text(
        [re.compile("Open Maya"), re.compile("See why plan differs")]
    )
    page.go_back()
    page.get_by_role("button", name="HubSpot says Enterprise").click()
    expect(detail).to_contain_text("Your web app sends this with user:attributes; search its code for plan.")
    expect(detail).to_contain_text(
        "Read from the HubSpot property plan. Change it in HubSpot. No HubSpot connection exists in this project"
    )


def test_refused_and_late_values_say_so_and_lead_to_the_log(sign_in, demo):
    page = sign_in("viewer")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/?source=refused")
    expect(page.locator("[data-attribute]:visible")).to_have_count(2)
    link = page.get_by_role("link", name='Refused 3 min ago: "abc" is not a number', exact=False).or_(
        page.get_by_role("link", name=re.compile('Refused .*"abc" is not a number'))
    )
    link.first.click()
    expect(page.locator("article:target")).to_contain_text("is not a number")


def test_edit_a_value_take_it_back_and_see_it_in_the_history(sign_in, demo):
    page = sign_in("editor")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
    row = page.locator('[data-attribute][data-label="plan"]').first
    row.get_by_label("Actions for plan").click()
    row.get_by_role("button", name="Edit").click()
    field = page.get_by_label("plan", exact=True)
    expect(page.locator(".attribute--editing")).to_contain_text("The next call that sends plan replaces your edit.")
    field.fill("Team")
    field.press("Enter")
    expect(row.locator(".data__value")).to_contain_text("Team")
    expect(page.locator(".attribute--editing")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row.locator(".data__value")).to_contain_text("Pro")
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.locator(".history__line").first).to_contain_text("Edith Moreau")


def test_escape_takes_an_edit_away(sign_in, demo):
    page = sign_in("editor")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
    row = page.locator('[data-attribute][data-label="role"]').first
    row.get_by_label("Actions for role").click()
    row.get_by_role("button", name="Edit").click()
    page.get_by_label("role", exact=True).fill("nobody")
    page.keyboard.press("Escape")
    expect(page.locator(".attribute--editing")).to_have_count(0)
    assert value_of(demo.project, demo.showcase, "custom.role") == "admin"


def test_an_edit_that_met_a_newer_value_asks(sign_in, demo):
    page = sign_in("editor")
    page.expected = ("Failed to load resource: the server responded with a status of 409 (Conflict)",)
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
    row = page.locator('[data-attribute][data-label="plan"]').first
    row.get_by_label("Actions for plan").click()
    row.get_by_role("button", name="Edit").click()
    field = page.get_by_label("plan", exact=True)
    field.fill("Mine")
    identify(demo.project, Call(user_id="usr_maya", attributes={"plan": "Theirs"}), SNIPPET, timezone.now())
    field.press("Enter")
    expect(page.locator(".attribute--editing")).to_contain_text(re.compile("became Theirs just now \\(Snippet\\)"))
    page.get_by_role("button", name="Save yours").click()
    expect(row.locator(".data__value")).to_contain_text("Mine")


def test_a_call_changes_the_page_while_one_looks(sign_in, demo):
    page = sign_in("viewer")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
    row = page.locator('[data-attribute][data-label="plan"]').first
    expect(row.locator(".data__value")).to_contain_text("Pro")
    identify(demo.project, Call(user_id="usr_maya", attributes={"plan": "Team"}), SNIPPET, timezone.now())
    expect(row.locator(".data__value")).to_contain_text("Team", timeout=3000)


def test_what_changed_under_a_filter_or_an_edit_is_there_afterwards(sign_in, demo):
    page = sign_in("editor")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
    row = page.locator('[data-attribute][data-label="plan"]').first
    page.get_by_label("Search names, keys and values").fill("nothing like it")
    with page.expect_response(lambda response: "page=1" in response.url and response.status == 200):
        identify(demo.project, Call(user_id="usr_maya", attributes={"plan": "Unseen"}), SNIPPET, timezone.now())
    page.get_by_label("Search names, keys and values").fill("")
    expect(row.locator(".data__value")).to_contain_text("Unseen")
    row.get_by_label("Actions for plan").click()
    row.get_by_role("button", name="Edit").click()
    with page.expect_response(lambda response: "page=1" in response.url and response.status == 200):
        identify(
            demo.project,
            Call(user_id="usr_maya", name="Maya L.", attributes={"plan": "Newer"}),
            SNIPPET,
            timezone.now(),
        )
    expect(page.locator("h1")).to_contain_text("Maya L.")
    assert page.title().startswith("Maya L.")
    expect(page.get_by_role("heading", name="Maya L.")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(row.locator(".data__value")).to_contain_text("Newer")
    expect(row.get_by_role("button", name=re.compile("^plan: history"))).to_be_focused()


def test_details_open_once_and_pins_move_the_row(sign_in, demo):
    page = sign_in("editor")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
    row = page.locator('[data-attribute][data-label="plan"]').first
    name = row.get_by_role("button", name=re.compile("^plan: history"))
    name.click()
    expect(page.locator(".attribute--detail")).to_have_count(1)
    expect(name).to_have_attribute("aria-expanded", "true")
    name.click()
    expect(page.locator(".attribute--detail")).to_have_count(0)
    row.get_by_role("button", name="Pin plan").click()
    expect(page.locator("[data-group]").first).to_contain_text("Pinned")
    expect(row.get_by_role("button", name="Pin plan")).to_be_focused()


def test_whoever_was_asked_for_last_is_shown_on_the_open_tab(sign_in):
    page = sign_in("viewer")
    page.locator("a[data-open]").first.click()
    panel = page.locator("#panel")
    panel.get_by_role("link", name="History", exact=True).click()
    expect(panel.locator("[data-history]")).to_be_visible()
    expect(panel.get_by_role("link", name="History", exact=True)).to_be_focused()
    for key in "jjjjkj":
        page.keyboard.press(key)
    asked = page.locator("[data-row][data-current]").get_attribute("data-row")
    expect(panel.locator(f'[data-person="{asked}"]')).to_have_count(1)
    expect(panel.locator("[data-history]")).to_be_visible()
    assert page.url.endswith(f"open={asked}&tab=history")
    page.get_by_label("Find by name, email or id").fill("usr")
    expect(page).to_have_url(re.compile(rf"\?q=usr&sort=[^&]+&open={asked}&tab=history$"))


def test_a_profile_that_could_not_be_loaded_is_asked_for_again(sign_in, demo):
    page = sign_in("viewer")
    page.context.set_offline(True)
    page.locator(f'a[data-open="{demo.showcase.pk}"]').first.click()
    retry = page.get_by_role("button", name="Retry")
    expect(retry).to_be_visible()
    page.context.set_offline(False)
    page.expected = [text for text in page.complaints if "Failed to load resource" in text]
    with page.expect_response("**/dismiss/"):  # the panel's own; tables must not be emptied under it
        retry.click()
    expect(page.locator(f'#panel [data-person="{demo.showcase.pk}"]')).to_have_count(1)


def test_an_attribute_is_added_in_place(sign_in, demo):
    identify(demo.project, Call(user_id="usr_visitor", attributes={"visits_wanted": 1}), SNIPPET, timezone.now())
    page = sign_in("editor")
    page.goto(f"/p/fernhill/users/?open={demo.showcase.pk}")
    panel = page.locator("#panel")
    add = panel.get_by_role("link", name="Add attribute")
    for leave in (lambda: page.keyboard.press("Escape"), panel.get_by_role("link", name="Cancel").click):
        add.click()
        expect(panel.get_by_label("Attribute", exact=True)).to_be_focused()
        leave()
        expect(add).to_be_focused()
    add.click()
    expect(panel.get_by_label("Attribute", exact=True)).to_be_focused()  # the form is ready then
    panel.get_by_label("Attribute", exact=True).fill("visits_wanted")
    panel.get_by_label("Value", exact=True).fill("7")
    page.keyboard.press("Enter")
    expect(panel.locator('[data-attribute][data-label="visits_wanted"] .data__value')).to_contain_text("7")
    expect(add).to_be_focused()


def test_tags_by_keyboard(sign_in, demo):
    page = sign_in("editor")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
    page.locator("h1").click()
    page.keyboard.press("t")
    box = page.get_by_role("combobox", name="Find or create a tag")
    expect(box).to_be_focused()
    box.type("onboarded", delay=10)
    expect(page.get_by_role("option")).to_have_text(re.compile('Create "onboarded"'))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Remove tag onboarded")).to_be_visible()
    expect(box).to_be_visible()
    page.keyboard.press("Backspace")
    expect(page.get_by_label("Remove tag onboarded")).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.get_by_label("Remove tag onboarded")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("[data-tag-open]")).to_be_focused()
    assert AttributeChange.objects.filter(user=demo.showcase, changes__has_key="tags").count() == 3


def test_tag_all_that_match_and_undo_only_what_was_added(sign_in, demo):
    page = sign_in("editor")
    record_beat("test", timezone.now())
    before = UserTag.objects.filter(tag__name="vip").count()
    page.get_by_label("Select this page").check()
    page.get_by_role("button", name=re.compile("Select all .* that match")).click()
    page.locator("[data-bulk] [data-tag-open]").click()
    page.locator('[data-bulk] [data-tag-list] [data-name="vip"]').click()
    page.get_by_role("button", name=re.compile("Apply to")).click()
    expect(page.locator("#job")).to_contain_text("Tagging users")
    run_all_jobs()
    expect(page.locator("#job")).to_contain_text("done")
    everyone = EndUser.objects.filter(project=demo.project, merged_into=None).count()
    assert UserTag.objects.filter(tag__name="vip").count() == everyone
    page.locator("#job").get_by_role("button", name="Undo").click()
    expect(page.locator("#job")).to_contain_text("Undoing")
    run_all_jobs()
    expect(page.locator("#job")).to_contain_text("done")
    assert UserTag.objects.filter(tag__name="vip").count() == before


def test_the_list_by_keyboard_alone(sign_in):
    page = sign_in("viewer")
    page.keyboard.press("/")
    expect(page.get_by_label("Find by name, email or id")).to_be_focused()
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2").first).to_be_visible()
    first = page.locator("#panel h2").first.inner_text()
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page.locator("#panel h2").first).not_to_have_text(first)
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_be_visible()


def test_erasing_needs_the_number(sign_in, demo):
    page = sign_in("admin")
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
    page.get_by_label("More about Maya Lindqvist").click()
    page.get_by_role("button", name="Erase this user").click()
    confirm = page.get_by_role("button", name="Erase 1 user")
    expect(confirm).to_be_disabled()
    page.get_by_label("Type 1 to confirm").fill("1")
    confirm.click()
    expect(page.get_by_text("Maya Lindqvist was erased.")).to_be_visible()
    assert not EndUser.objects.filter(user_id="usr_maya").exists()


def test_a_key_is_shown_once(sign_in):
    page = sign_in("admin")
    page.goto("/p/fernhill/settings/keys/")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("Data team")
    page.get_by_role("button", name="Create key").click()
    secret = page.locator(".code code").first.inner_text()
    assert secret.startswith("jimo_sk_")
    page.goto("/p/fernhill/settings/keys/")
    expect(page.get_by_text("Data team", exact=True)).to_be_visible()
    assert secret not in page.content()


def test_with_the_session_over_nothing_typed_is_lost(sign_in, demo):
    page = sign_in("admin")
    page.expected = ("Failed to load resource: the server responded with a status of 401 (Unauthorized)",)
    page.goto("/p/fernhill/settings/project/")
    page.get_by_label("Name", exact=True).fill("Fernhill & Co")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Your session is over")
    page.evaluate("document.querySelector('.offline').dataset.first = ''")
    page.evaluate(
        "window.answer = import('/static/js/shared/requests.js').then(({ send }) => "
        "send('/p/fernhill/dismiss/', {body: {name: 'tour'}})).then((r) => r.status); 0"
    )
    banner = page.locator(".offline:not([data-first])")  # the newest takes the place of the one before
    expect(banner).to_contain_text("Your session is over")
    with page.context.expect_page() as opened:
        banner.get_by_role("link", name="Sign in").click()
    other, (email, password, _) = opened.value, demo.logins[0]
    other.get_by_label("Email").fill(email)
    other.get_by_label("Password").fill(password)
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name="Users", exact=True)).to_be_visible()
    banner.get_by_role("button", name="Retry").click()
    assert page.evaluate("window.answer") in (200, 204)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The project was saved.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Fernhill & Co")


def test_the_profile_works_without_the_panel_on_a_phone(sign_in):
    page = sign_in("viewer", width=390, height=844)
    page.get_by_role("link", name="Maya Lindqvist", exact=True).click()
    expect(page.get_by_role("heading", name="Attributes")).to_be_visible()
    assert "/users/" in page.url
    assert "open=" not in page.url
    sizes = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert sizes[0] <= sizes[1]
    expect(page.locator(".data__small").first).to_be_visible()
