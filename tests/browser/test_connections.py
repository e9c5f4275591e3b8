"""A newcomer connects a CRM by clicking, sees what would be written, and finds the values where they belong."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from integrations.demo.crm.server import running
from integrations.demo.crm.store import TOKEN, Crm
from integrations.models import Connection
from tests.factories import user
from users.jobs.machinery import run_all_jobs


@pytest.fixture
def crm(settings):
    made = Crm()
    with running(made) as server:
        settings.ALLOW_PRIVATE_CONNECTIONS, settings.DEMO_CRM_URL = True, server.url
        yield made


def no_violations(page):
    found = Axe().run(page).response["violations"]
    assert not found, [(item["id"], item["nodes"][0]["html"]) for item in found]


def test_from_connecting_to_a_value_that_changed(enter, project, crm):
    maya = user(project, "u1", name="Maya", email="maya@acme.example")
    contact = crm.add("contacts", email="maya@acme.example", lifecyclestage="lead", jobtitle="Designer")
    crm.add("contacts", email="nobody@acme.example", jobtitle="Stranger")
    page = enter("admin")
    page.goto(f"/p/{project.slug}/integrations/")
    no_violations(page)
    page.get_by_role("link", name="Connect HubSpot").click()
    page.get_by_label("Private app token").fill(TOKEN)
    no_violations(page)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("heading", name="Properties that become attributes")).to_be_visible()
    page.wait_for_load_state()
    picked = page.locator("[name=property]:checked")
    while picked.count():
        picked.first.uncheck()
    search = page.get_by_label("Find a property")
    search.fill("lifecycle")
    expect(page.get_by_role("checkbox", name="Read Lifecycle Stage")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Read Job Title")).to_be_hidden()
    page.get_by_role("checkbox", name="Read Lifecycle Stage").check()
    expect(page.get_by_label("Attribute that Lifecycle Stage becomes")).to_be_enabled()
    search.fill("nothing like it")
    expect(page.get_by_text("No property fits.")).to_be_visible()
    search.fill("")
    page.get_by_role("checkbox", name="Read Job Title").check()
    page.get_by_role("button", name="Preview five records").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("2 real records, nothing written")
    expect(preview).to_contain_text("No user has this email")
    expect(preview.get_by_role("link", name="Maya", exact=True)).to_be_visible()
    no_violations(page)
    page.get_by_role("button", name="Save and read now").click()
    expect(page.get_by_text("It begins as soon as a worker is free.")).to_be_visible()
    run_all_jobs()
    expect(page.get_by_role("cell", name="Done", exact=True)).to_be_visible()
    expect(page.get_by_text("nobody@acme.example").first).to_be_visible()
    no_violations(page)
    page.goto(f"/p/{project.slug}/users/{maya.pk}/?tab=data")
    row = page.locator("[data-attribute]", has_text="Lifecycle Stage")
    expect(row).to_contain_text("Lead")
    expect(row).to_contain_text("HubSpot")
    expect(page.get_by_role("link", name="Open the record").first).to_have_attribute("href", f"{page_of(crm, contact)}")
    crm.change(contact, lifecyclestage="customer")
    page.get_by_role("link", name="Connection HubSpot").first.click()
    page.get_by_role("button", name="Read now").click()
    expect(page.get_by_text("It begins as soon as a worker is free.")).to_be_visible()
    run_all_jobs()
    expect(page.get_by_role("cell", name="Done", exact=True)).to_have_count(2)
    page.goto(f"/p/{project.slug}/users/{maya.pk}/?tab=data")
    expect(page.locator("[data-attribute]", has_text="Lifecycle Stage")).to_contain_text("Customer")


def page_of(crm, contact):
    from integrations.connectors.registry import connectors
    from integrations.syncing.links import link_of

    return connectors()["hubspot"].record_url(link_of(Connection.objects.get()), "contacts", contact.id)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_connection_with_trouble_fits_a_phone(enter, project, theme):
    from tests.integrations.syncing.toy import read_connection

    user(project, "u1", name="Maya")
    connection = read_connection(project)
    Connection.objects.update(state="broken", error="The token was revoked.")
    page = enter("admin", width=390, height=844, theme=theme)
    for name in ("", f"{connection.pk}/", f"{connection.pk}/mapping/", f"{connection.pk}/disconnect/", "new/toy/"):
        page.goto(f"/p/{project.slug}/integrations/{name}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        no_violations(page)
