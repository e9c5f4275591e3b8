"""A real Chromium, the demo in small, and a signed-in page."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect, sync_playwright

from tests.factories import member

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's own loop is not Django's
expect.set_options(timeout=8000)


@pytest.fixture(scope="session")
def browser():
    if not Path(CHROMIUM).exists():
        pytest.fail("Chromium is missing. On Debian: apt-get install -y chromium")
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def demo(transactional_db, settings):
    """The demo's showcase and sixty people."""
    from integrations.demo.build import build

    settings.DEMO = True
    return build(timezone.now() - timedelta(seconds=1), people_count=60)


@pytest.fixture
def open_page(browser, live_server):
    """open_page(width=390, theme="dark"): a new page; complaints of the browser fail the test."""
    contexts = []

    def make(width=1440, height=900, theme="light", **options):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, base_url=live_server.url,
            reduced_motion="reduce", has_touch=width < 500, **options,
        )  # fmt: skip
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        contexts.append((context, page))
        return page

    yield make
    complaints = []
    for context, page in contexts:
        complaints += [text for text in page.complaints if text not in getattr(page, "expected", ())]
        context.close()
    wait_until_served()
    assert not complaints, complaints


def wait_until_served():
    """What the pages asked for last may still be under way in the server: emptying its tables would deadlock."""
    if connection.vendor != "postgresql":
        return
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(busy)
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.05)


@pytest.fixture
def sign_in(open_page, demo):
    """sign_in("admin"): a page of that person, at the list of users."""

    def enter(role="admin", **options):
        email, password, _ = next(login for login in demo.logins if login[2] == role)
        page = open_page(**options)
        page.goto("/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(password)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Users", exact=True)).to_be_visible()
        page.wait_for_load_state()  # the heading is there before the scripts have run
        return page

    return enter


@pytest.fixture
def enter(open_page, live_server, project):
    """enter("editor"): a page signed in to an empty project, where the demo would only cost time."""
    from django.test import Client

    def make(role="editor", **options):
        client = Client()
        client.force_login(member(project, role))
        page = open_page(**options)
        page.context.add_cookies(
            [{"name": name, "value": item.value, "url": live_server.url} for name, item in client.cookies.items()]
        )
        return page

    return make
