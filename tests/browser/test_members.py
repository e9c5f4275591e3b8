"""Members: a role is saved by choosing it, the last admin stays one, an invitation opens where it is asked for."""

from playwright.sync_api import expect

from tests.factories import member
from users.models import ProjectMember


def test_roles_and_invitations(enter, project):
    colleague = member(project, "viewer")
    page = enter("admin")
    page.goto(f"/p/{project.slug}/settings/members/")
    role = page.get_by_label(f"Role of {colleague.display_name}")
    role.select_option("editor")
    expect(page.get_by_role("status").filter(has_text="editor")).to_be_visible()
    assert ProjectMember.objects.get(account=colleague).role == "editor"
    admin = page.locator("select[aria-describedby=last-admin]")
    expect(admin).to_have_count(1)
    expect(admin.locator("option:not([disabled])")).to_have_text(["Admin"])
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_label("Email")).to_be_focused()
    page.get_by_label("Email").fill("new@acme.test")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copy this invitation link for new@acme.test")).to_be_visible()
    expect(page.get_by_text("stops working")).to_be_visible()
