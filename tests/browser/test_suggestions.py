"""Where values are suggested, Enter takes what was typed; a suggestion counts once arrows or pointer chose it."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.paste import PASTE
from tests.browser.test_builder import add, done, picker, rule_of
from tests.factories import user
from users.models import UserTag
from users.writing.calls import TagChange

HELD = {"points": [300, 130, 4], "level": ["Gold plus", "Old gold"], "badges": [["big winner", 12], ["12 months"]],
        "plan_before": ["x"], "an": ["x"], "planet": ["x"], "plan": ["x"],
        "rooms": [[1, 2], [3]], "mixed": [[1, "1", True], [1, "one"]]}  # fmt: skip


@pytest.fixture
def held(project):
    """Users with values that contain what the tests type, and are not it."""
    tags = TagChange(add=["not-internal", "vip"])
    return [
        user(project, f"{key}-{position}", attributes={key: value}, tags=tags)
        for key, values in HELD.items()
        for position, value in enumerate(values)
    ]


@pytest.fixture
def page(enter, held, project):
    page = enter()
    page.goto(f"/p/{project.slug}/users/")
    return page


def choose(page, attribute, operator):
    dialog = add(page, attribute)
    dialog.get_by_role("button", name=operator, exact=True).click()
    return dialog, dialog.get_by_role("combobox")


def conditions(page):
    page.wait_for_url("**rule=**")
    return [(condition["operator"], condition.get("value")) for condition in rule_of(page)["rules"]]


TYPED = [
    ("points", "is more than", "30", ("gt", 30), "300"),
    ("Sessions", "is more than", "2.5", ("gt", 2.5), None),
    ("level", "is", "Gold", ("is", "Gold"), "Gold plus"),
    ("badges", "includes", "winner", ("includes", "winner"), "big winner"),
    ("Tags", "includes", "vi", ("includes", "vi"), "vip"),
]


@pytest.mark.parametrize("patient", [True, False], ids=["once they are there", "before they came"])
def test_enter_takes_what_was_typed(page, patient):
    for attribute, operator, typed, _, suggested in TYPED:
        dialog, box = choose(page, attribute, operator)
        options = dialog.get_by_role("option")
        expect(options.first).to_be_visible()
        box.fill(typed)
        if patient:
            expect(options.first).to_contain_text(typed)
            expect(options.first).to_have_attribute("data-active", "")
        if patient and suggested:
            expect(options.filter(has_text=suggested)).to_be_visible()
        box.press("Enter")
        expect(dialog).to_have_count(0)
    assert conditions(page) == [stored for _, _, _, stored, _ in TYPED]


def test_several_values_are_taken_as_typed_and_typing_one_again_keeps_it(page):
    dialog, box = choose(page, "points", "is any of")
    for typed in ("30", "13", "30"):
        box.fill(typed)
        expect(dialog.get_by_role("option").first).to_contain_text(typed)
        box.press("Enter")
        expect(box).to_have_value("")
    box.fill("0.30000000000000004000")
    dialog.get_by_role("button", name="Done").click()
    assert conditions(page) == [("is_any_of", [30, 13, 0.30000000000000004])]


def test_a_number_that_would_be_stored_as_another_is_refused(page):
    dialog, box = choose(page, "points", "is")
    for typed, said in (("9007199254740993", "more digits"), ("0.1234567890123456789", "more digits"),
                        ("1e999", "more digits"), ("3O", "Type a number"), ("042", "Type a number")):  # fmt: skip
        box.fill(typed)
        box.press("Enter")
        expect(dialog.get_by_role("status")).to_contain_text(said)
    box.fill("1.50e2")
    box.press("Enter")
    assert conditions(page) == [("is", 150)]


def test_an_item_gets_the_type_that_the_items_of_the_list_have(page):
    dialog, box = choose(page, "rooms", "includes any of")
    for typed in ("1", "7", "ground"):
        box.fill(typed)
        box.press("Enter")
        expect(box).to_have_value("")
    box.fill("2")
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)
    dialog, box = choose(page, "mixed", "includes any of")
    box.fill("1")
    expect(dialog.get_by_role("option")).to_have_text(["1 (number)2", "1 (text)1"])
    dialog.get_by_role("option", name="1 (text)").click()
    box.fill("true")
    expect(dialog.get_by_role("option")).to_have_text(["true (true or false)1", 'Use "true" (text, nobody has it now)'])
    box.press("Enter")
    expect(dialog.locator(".chip")).to_have_text(['"1"×', "true×"])
    done(dialog)
    assert conditions(page) == [("includes_any", [1, 7, "ground", 2]), ("includes_any", ["1", True])]
    expect(page.locator("[data-chip]").last).to_contain_text('"1" or true')


def test_the_arrows_and_the_pointer_choose_a_suggestion(page):
    dialog, box = choose(page, "points", "is any of")
    box.fill("30")
    expect(dialog.get_by_role("option").first).to_contain_text("Use 30")
    box.press("ArrowDown")
    expect(dialog.get_by_role("option", name="130")).to_have_attribute("data-active", "")
    box.press("Enter")
    box.fill("30")
    dialog.get_by_role("option", name="300").click()
    done(dialog)
    assert conditions(page) == [("is_any_of", [130, 300])]


def test_an_answer_that_comes_late_keeps_what_was_done_before_it(page):
    late = []
    page.route(re.compile("/segments/values/"), lambda route: late.append(route))

    def answer():
        page.wait_for_timeout(50)  # a moment in which requests arrive here
        while late:
            late.pop(0).continue_()

    dialog, box = choose(page, "points", "is any of")
    box.evaluate(PASTE, "4\n5x\n4")
    expect(dialog.get_by_role("status")).to_contain_text("1 added, 1 chosen already, 1 left out.")
    box.press("ArrowDown")
    box.press("ArrowDown")
    answer()
    expect(dialog.get_by_role("option")).to_have_count(3)
    expect(dialog.get_by_role("status")).to_contain_text("1 added, 1 chosen already, 1 left out.")
    second = dialog.get_by_role("option").nth(1)
    expect(second).to_have_attribute("data-active", "")
    value = second.locator(".combobox__text").inner_text()
    box.press("Enter")
    expect(dialog.locator(".chip")).to_have_text(["4×", f"{value}×"])


def test_the_attribute_that_is_called_what_was_typed_is_taken(page):
    for typed, field in (("an", "custom.an"), ("plan", "custom.plan"), ("custom.planet", "custom.planet")):
        dialog = picker(page)
        dialog.get_by_label("Find an attribute").fill(typed)
        dialog.get_by_label("Find an attribute").press("Enter")
        dialog.get_by_role("button", name="has any value", exact=True).click()
        page.wait_for_url(re.compile(re.escape(field)))
        assert rule_of(page)["rules"][-1]["field"] == field


def test_a_tag_is_the_one_that_was_typed(page, project, held):
    page.goto(f"/p/{project.slug}/users/{held[0].pk}/")
    page.locator("[data-tag-open]").click()
    box = page.get_by_role("combobox", name="Find or create a tag")
    expect(page.get_by_role("option").first).to_be_visible()
    box.press("Enter")  # nothing was typed
    for typed in ("intern", "NOT"):
        box.fill(typed)
        expect(page.locator("[data-tag-list] [data-active]")).to_have_text(f'Create "{typed}"')
        box.press("Enter")
        expect(page.get_by_label(f"Remove tag {typed}", exact=True)).to_be_visible()
    box.fill("not")
    expect(page.locator("[data-tag-list] [data-active]")).to_contain_text("NOT")
    box.press("ArrowDown")
    expect(page.locator("[data-tag-list] [data-active]")).to_contain_text("not-internal")
    box.press("Enter")
    expect(page.get_by_label("Remove tag not-internal")).to_have_count(0)
    assert set(UserTag.objects.filter(user=held[0]).values_list("tag__name", flat=True)) == {"vip", "intern", "NOT"}


def test_a_tag_for_many_is_the_one_that_was_typed(page):
    page.get_by_label("Select this page").check()
    page.locator("[data-bulk] [data-tag-open]").click()
    box = page.locator("[data-bulk] [data-tag-input]")
    expect(page.locator("[data-bulk]").get_by_role("option").first).to_be_visible()
    box.fill("intern")
    box.press("Enter")
    with page.expect_request("**/tag/") as sent:
        page.get_by_role("button", name=re.compile("Apply to")).click()
    assert json.loads(sent.value.post_data_json["add"]) == ["intern"]
