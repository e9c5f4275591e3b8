"""`make screenshots`: the README's pictures, from the demo at a fixed clock, into static/readme/."""

import os
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from wsgiref.simple_server import WSGIRequestHandler, make_server

FOLDER = Path(__file__).resolve().parent.parent / "static" / "readme"
CLOCK = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
MOST_BYTES = 150 * 1024
PICTURES = [  # name, width, height, theme
    ("data-tab", 1280, 770, "light"),
    ("data-tab-dark", 1280, 770, "dark"),
    ("data-tab-phone", 390, 800, "light"),
]


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def main() -> int:
    folder = tempfile.mkdtemp(prefix="jimo-pictures-")
    os.environ |= {
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "jimo_site.settings",
    }
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    import django

    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    with mock.patch("django.utils.timezone.now", return_value=CLOCK):
        from integrations.demo.build import build

        demo = build(CLOCK, people_count=40)
        server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        take(f"http://127.0.0.1:{server.server_port}", demo)
        server.shutdown()
    return 0


def take(base, demo) -> None:
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    email, password, _ = demo.logins[0]
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        for name, width, height, theme in PICTURES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=theme, base_url=base
            )
            page = context.new_page()
            page.goto("/sign-in/")
            page.get_by_label("Email").fill(email)
            page.get_by_label("Password").fill(password)
            page.keyboard.press("Enter")
            page.wait_for_url("**/users/")
            page.goto(f"/p/fernhill/users/{demo.showcase.pk}/")
            # The groups below Native, where the sources meet.
            page.evaluate("document.querySelectorAll('tbody[data-group]')[1].scrollIntoView(); scrollBy(0, -40)")
            page.wait_for_timeout(300)
            target = FOLDER / f"{name}.png"
            page.screenshot(path=target)
            size = target.stat().st_size
            assert size < MOST_BYTES, f"{target} has {size} bytes; {MOST_BYTES} is the most"
            print(f"{target.relative_to(FOLDER.parent.parent)} {size // 1024} KB")
            context.close()
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
