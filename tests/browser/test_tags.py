"""Tags are made and edited in place, by keyboard too."""

import re

from playwright.sync_api import expect

from tests.factories import SERVER, user
from users.models import Tag
from users.writing.calls import TagChange
from users.writing.tagging import tag_user


def test_a_tag_is_made_and_edited_in_place(enter, project, now):
    tag_user(project, user(project, "u1").pk, TagChange(add=["vip"]), SERVER, now)
    page = enter("admin")
    page.goto(f"/p/{project.slug}/data/tags/")
    page.get_by_role("button", name="New tag").press("Enter")
    name = page.locator("#name-new")
    expect(name).to_be_focused()
    name.press("Escape")
    expect(name).to_be_hidden()
    expect(page.get_by_role("button", name="New tag")).to_be_focused()
    page.get_by_role("button", name="New tag").click()
    name.fill("design partner")
    page.locator("#new-tag").get_by_role("radio", name="Pink").check()
    name.press("Enter")
    expect(page.locator("tbody .tag")).to_have_text(["design partner", "vip"])
    page.get_by_label("Actions for vip").click()
    page.get_by_role("button", name="Edit").click()
    row = page.locator(".edit-row:not([hidden])")
    expect(row.get_by_label("Name")).to_be_focused()
    row.get_by_label("Name").fill("Design partner")
    row.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="was not renamed")).to_be_visible()
    expect(row.locator(".error-summary")).to_be_focused()
    row.locator(".error-summary").get_by_role("link").click()
    expect(row.get_by_label("Name")).to_be_focused()
    expect(row.get_by_label("Name")).to_have_value("Design partner")
    page.expected = [text for text in page.complaints if "422" in text]
    row.get_by_label("Name").fill("very important")
    row.get_by_role("radio", name="Teal").check()
    row.get_by_role("button", name="Save").click()
    expect(page.locator(".tag--teal").filter(has_text="very important").first).to_be_visible()
    assert set(Tag.objects.values_list("name", "color")) == {("design partner", "pink"), ("very important", "teal")}
    page.get_by_label("Actions for very important").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog", name=re.compile("Delete the tag very important"))).to_be_visible()


def test_a_finger_reaches_tags_that_look_small(sign_in, demo):
    page = sign_in("editor", width=390)
    page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
    remove = page.get_by_role("button", name=re.compile("^Remove tag ")).first
    expect(remove).to_be_visible()
    assert page.locator(".profile .tag").first.bounding_box()["height"] <= 28
    reached = remove.evaluate("""button => {
      const box = button.getBoundingClientRect(), [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      return [-21, 21].every(far => button.contains(document.elementFromPoint(x, y + far)) &&
        button.contains(document.elementFromPoint(x + far, y)));
    }""")
    assert reached
