"""Every menu, dialog, picker and tip of every page lies wholly in the window, wide, low and narrow."""

from pathlib import Path

import pytest

from tests.browser.test_accessibility import PAGES, address

OPEN_ALL = Path(__file__).with_name("popups.js").read_text()
NOT_OURS = ("/users/999999/",)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 560), (390, 844)])
def test_popups_stay_inside_the_window(sign_in, demo, width, height):
    page = sign_in("admin", width=width, height=height)
    faults = []
    for text in PAGES:
        if text.endswith(NOT_OURS):
            continue
        page.goto(address(text, demo))
        page.wait_for_load_state("load")
        if "open=" in text:
            page.wait_for_selector("#panel h2" if width > 900 else "[data-data]")
        if page.locator("button[data-add]").count():
            page.wait_for_selector("button[data-add]:not([data-early])")
        faults += [(text, *fault) for fault in page.evaluate(OPEN_ALL)]
    assert not faults, "\n".join(map(str, faults))
