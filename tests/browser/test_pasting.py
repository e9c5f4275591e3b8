"""What is pasted is split where its source split it, and nothing of it is lost without a word."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.paste import PASTE
from tests.browser.test_builder import done
from tests.browser.test_suggestions import choose, conditions
from tests.factories import user
from tests.segments.test_membership import segment
from users.models import UserTag


@pytest.fixture
def page(enter, project):
    user(project, "u1", attributes={"company": "Acme, Inc.", "seats": 4, "rooms": [1, 2]})
    page = enter()
    page.goto(f"/p/{project.slug}/users/")
    return page


def test_only_line_breaks_and_tabs_split_where_there_are_any(page):
    dialog, box = choose(page, "company", "is any of")
    box.evaluate(PASTE, 'Acme, Inc.\tBeta; LLC\r\n"Gamma ""G"", Ltd"\n"Two\nlines"\n\nAcme, Inc.\n')
    expect(dialog.locator(".chip")).to_have_text(["Acme, Inc.×", "Beta; LLC×", 'Gamma "G", Ltd×', "Two\nlines×"])
    expect(dialog.get_by_role("status")).to_have_text("4 added, 1 chosen already. ")
    done(dialog)
    assert conditions(page) == [("is_any_of", ["Acme, Inc.", "Beta; LLC", 'Gamma "G", Ltd', "Two\nlines"])]


def test_commas_alone_split_unless_the_text_is_kept_as_one(page):
    dialog, box = choose(page, "company", "is any of")
    box.evaluate(PASTE, "Beta")
    box.evaluate(PASTE, 'Alpha, "Delta, Inc.", Beta')
    expect(dialog.locator(".chip")).to_have_text(["Alpha×", "Delta, Inc.×", "Beta×"])
    dialog.get_by_role("button", name="Remove all").click()
    box.evaluate(PASTE, "Acme, Inc.")
    expect(dialog.locator(".chip")).to_have_text(["Acme×", "Inc.×"])
    dialog.get_by_role("button", name='Keep "Acme, Inc." as one').click()
    expect(dialog.locator(".chip")).to_have_text(["Acme, Inc.×"])
    box.evaluate(PASTE, "a, b; c, d")
    expect(dialog.locator(".chip")).to_have_text(["Acme, Inc.×", "a, b×", "c, d×"])
    done(dialog)
    assert conditions(page) == [("is_any_of", ["Acme, Inc.", "a, b", "c, d"])]


def test_what_is_left_out_is_named_with_the_reason(page):
    dialog, box = choose(page, "seats", "is any of")
    box.evaluate(PASTE, "4\n1,000\n4\n9007199254740993\n7")
    expect(dialog.get_by_role("status")).to_contain_text("2 added, 1 chosen already, 2 left out.")
    left = dialog.get_by_role("list", name="Left out").get_by_role("listitem")
    expect(left).to_have_text([re.compile("^2. 1,000: Type a number"), re.compile("^4. 9007199254740993: .* digits")])
    dialog.get_by_role("button", name="Remove all").click()
    box.evaluate(PASTE, "1,000")
    expect(dialog.get_by_role("button", name=re.compile("^Keep"))).to_have_count(0)  # as one it is no number either
    done(dialog)
    dialog, box = choose(page, "rooms", "includes any of")
    expect(dialog.get_by_role("option")).to_have_count(2)
    box.evaluate(PASTE, "1\n3\nten")
    done(dialog)
    assert conditions(page) == [("is_any_of", [1]), ("includes_any", [1, 3, "ten"])]


def test_one_value_takes_one_line(page):
    dialog, box = choose(page, "company", "is")
    box.evaluate(PASTE, "Acme\nBeta\n")
    expect(dialog.get_by_role("status")).to_contain_text('2 lines were pasted: nothing was taken. Choose "is any of"')
    dialog.get_by_role("button", name="is", exact=True).click()
    dialog.get_by_role("button", name="contains", exact=True).click()
    dialog.get_by_role("textbox").evaluate(PASTE, "Acme\nBeta")
    expect(dialog.get_by_role("status")).to_contain_text("2 lines were pasted: nothing was taken.")


def test_pasted_tags_and_what_a_field_cannot_hold(page, project):
    page.get_by_label("Select this page").check()
    page.locator("[data-bulk] [data-tag-open]").click()
    page.locator("[data-bulk] [data-tag-input]").evaluate(PASTE, "vip, gold\nbeta")
    with page.expect_request("**/tag/") as sent:
        page.get_by_role("button", name=re.compile("Apply to")).click()
    assert json.loads(sent.value.post_data_json["add"]) == ["vip, gold", "beta"]
    person = user(project, "u1")
    page.goto(f"/p/{project.slug}/users/{person.pk}/")
    page.locator("[data-tag-open]").click()
    page.locator("[data-tag-input]").evaluate(PASTE, f"one\n{'x' * 51}\ntwo")
    expect(page.get_by_label("Remove tag two")).to_be_visible()
    expect(page.locator("[data-tag-message]")).to_contain_text("has 51 characters; 50 is the most")
    assert set(UserTag.objects.values_list("tag__name", flat=True)) == {"one", "two"}
    page.expected = [text for text in page.complaints if "422" in text]
    page.goto(f"/p/{project.slug}/segments/new/")
    page.get_by_label("Name").evaluate(PASTE, "n" * 81)
    expect(page.get_by_role("alert")).to_have_text("81 characters were pasted, and 80 fit: 80 is the most.")


def test_a_file_stays_while_its_column_is_chosen(page, project):
    listed = segment(project, "By hand", static=True)
    page.goto(f"/p/{project.slug}/segments/{listed.pk}/add/")
    body = "\n".join([*(f"x{number},nobody" for number in range(250)), "Maya,u1"])
    page.get_by_label("And from a file").set_input_files(
        {"name": "crm.csv", "mimeType": "text/csv", "buffer": body.encode("utf-16")}
    )
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the one that holds their ids or emails")
    page.get_by_label("Column with the ids or emails").select_option(label="column 2: nobody, nobody, nobody")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("status").first).to_contain_text("1 user added")
    expect(page.locator("#list-outcome")).to_be_focused()
    expect(page.get_by_role("heading", name="crm.csv")).to_be_visible()
    page.expected = [text for text in page.complaints if "422" in text]
