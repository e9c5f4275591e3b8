"""What people came for is in sight at once: the first row of every main page, at every size."""

import pytest
from playwright.sync_api import expect

FIRST_ROWS = {
    "users/": "#results tbody tr",
    "users/{maya}/?tab=data": "tr.attribute",
    "users/{maya}/?tab=history": ".history__line",
    "segments/": "tbody tr",
    "data/attributes/": "#results tbody tr",
    "data/tags/": "tbody tr",
    "data/ingest/": ".history__line",
    "settings/keys/": "tbody tr",
    "settings/members/": "tbody tr",
}


def test_a_tab_beyond_the_edge_comes_into_view(sign_in, demo):
    page = sign_in(width=390, height=844)
    page.goto("/p/fernhill/segments/")
    page.get_by_role("link", name="Paying customers").click()
    page.get_by_role("link", name="Used by").click()
    expect(page.get_by_role("link", name="Used by")).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 800), (390, 844)])
def test_the_first_row_is_in_the_upper_part(sign_in, demo, width, height):
    page = sign_in(width=width, height=height)
    late = {}
    for path, row in FIRST_ROWS.items():
        page.goto("/p/fernhill/" + path.format(maya=demo.showcase.pk))
        first = page.locator(row).first
        expect(first).to_be_visible()
        top = first.bounding_box()["y"] / height
        if top > (0.83 if width == 390 else 0.5):
            late[path] = round(top, 2)
    assert not late, f"at {width} px the first row begins at these parts of the window: {late}"
