"""What is refused leads to its field, also where a script sends the form and where the field is a group."""

from playwright.sync_api import expect

from segments.models import Segment
from tests.factories import user
from users.registry.attributes import define

REFUSED = [
    f"Failed to load resource: the server responded with a status of 422 (Unprocessable {what})"
    for what in ("Content", "Entity")
]


def test_a_refused_list_says_it_at_the_field_and_keeps_what_was_chosen(enter, project):
    listed = Segment.objects.create(project=project, name="Guests", static=True)
    page = enter()
    page.expected = REFUSED
    page.goto(f"/p/{project.slug}/segments/{listed.pk}/add/")
    page.get_by_label("Take them off the list").check()
    page.get_by_role("button", name="Go").click()
    summary, text = page.locator(".error-summary"), page.get_by_label("Ids or emails")
    expect(summary).to_be_focused()
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#text-error")).to_be_visible()
    expect(page.get_by_label("Take them off the list")).to_be_checked()
    summary.get_by_role("link").click()
    expect(text).to_be_focused()
    # a file that was chosen stays when something else is refused
    page.get_by_label("And from a file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b""})
    page.get_by_role("button", name="Go").click()
    expect(summary).to_be_focused()
    assert page.get_by_label("And from a file").evaluate("input => input.files.length") == 1


def test_links_of_a_summary_lead_into_groups_and_into_a_row(enter, project):
    person = user(project, "u1")
    define(project, key="seats", type_name="number", now=person.created)
    page = enter("admin")
    page.expected = REFUSED
    page.goto(f"/p/{project.slug}/segments/new/?static=1")
    page.get_by_label("Name").fill("Guests")
    page.evaluate("document.querySelector('[name=icon]:checked').value = 'nonsense'")
    page.get_by_role("button", name="Create list").click()
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary").get_by_role("link").click()
    expect(page.locator("[name=icon]").first).to_be_focused()
    page.goto(f"/p/{project.slug}/segments/new/?name=Nobody")
    page.get_by_role("button", name="Create segment").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator("#rule-builder summary").first).to_be_visible()
    page.locator(".error-summary").get_by_role("link").click()
    expect(page.locator("#rule-builder :focus")).to_have_count(1)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/p/{project.slug}/users/{person.pk}/")
    page.get_by_role("link", name="Add attribute").click()
    page.get_by_label("Attribute", exact=True).fill("seats")
    page.get_by_label("Value", exact=True).fill("many")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("[data-add] .error-summary")).to_be_focused()
    page.locator(".error-summary").get_by_role("link").click()
    expect(page.get_by_label("Value", exact=True)).to_be_focused()
    expect(page.get_by_label("Value", exact=True)).to_have_attribute("aria-invalid", "true")
