"""Whatever can be pressed is large enough: 24 px for a mouse, 44 px for a finger, on every page, menu and dialog."""

import pytest
from django.test import Client

from tests.browser.test_accessibility import PAGES, address
from tests.factories import AccountFactory

MORE = ["/p/fernhill/segments/COUNCIL/", "/api/docs/"]
ADMIN = ["", "users/enduser/", "users/enduser/MAYA/change/", "users/project/", "users/project/add/", "users/account/", "users/account/add/", "password_change/"]  # fmt: skip
OUTSIDE = ["/sign-in/", "/link/nothing/", "/admin/login/"]

# What a press at a point reaches counts, so padding, a pseudo-element or a label enlarge a control.
SMALL = """least => {
  const CONTROLS = 'a[href], button, select, textarea, input:not([type=hidden]), summary, [role=button], [role=tab],' +
    '[role=menuitem], [role=option], [role=switch]';
  const shown = e => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && !e.closest('[disabled], [inert], .sr-only, .skip-link, .djDebug') &&
      e.checkVisibility({ visibilityProperty: true }) &&
      (e.type === 'file' || !e.matches('[tabindex="-1"]:not([role])') || e.matches('.icon-button'));
  };
  // In a sentence the line sets the height: the block holds words that are no link's.
  const inText = e => {
    if (e.tagName !== 'A' || getComputedStyle(e).display !== 'inline') return false;
    let block = e.parentElement;
    while (getComputedStyle(block).display === 'inline') block = block.parentElement;
    if (/flex|grid/.test(getComputedStyle(block).display)) return false;
    const rest = [...block.childNodes].map(node => node.nodeType === 3 ? node.data :
      node.matches?.('a, script') ? '' : [...node.childNodes].map(n => n.nodeType === 3 ? n.data : '').join('')).join('');
    return /\\p{L}{2,}/u.test(rest);
  };
  // What is left of a box that frames around it cut off.
  const seenOf = e => {
    let { left, top, right, bottom } = e.getBoundingClientRect();
    for (let frame = e.parentElement; frame && frame !== document.body; frame = frame.parentElement) {
      if (!/hidden|clip/.test(getComputedStyle(frame).overflow)) continue;
      const edge = frame.getBoundingClientRect();
      [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
      [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
    }
    return { width: right - left, height: bottom - top };
  };
  const faults = [];
  const seen = new Set();
  const root = document.querySelector('dialog[open], details[data-menu][open] .menu__body') ?? document;
  for (const e of root.querySelectorAll(CONTROLS)) {
    const full = e.getBoundingClientRect();
    const kind = [e.tagName, e.type, e.className, e.parentElement.className, e.parentElement.tagName,
      Math.round(full.height), full.width < least].join();
    if (seen.has(kind) || !shown(e) || inText(e)) continue;
    seen.add(kind); // rows of a table are alike
    const labels = [...(e.labels ?? [])];
    const box = seenOf(e);
    const big = b => b.width >= least - 0.6 && b.height >= least - 0.6;
    if (big(box) || (/checkbox|radio/.test(e.type) && labels.some(l => big(l.getBoundingClientRect())))) continue;
    e.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const at = e.getBoundingClientRect();
    const [x, y] = [at.left + at.width / 2, at.top + at.height / 2];
    const reached = (dx, dy) => {
      const hit = document.elementFromPoint(x + dx, y + dy);
      const row = e.matches('[data-open]') && e.closest('tr[data-row]'); // a press anywhere in the row opens it
      return hit && (e.contains(hit) || labels.some(l => l.contains(hit)) || (row && row.contains(hit) &&
        !hit.closest('a, button, input, label, summary, .check')));
    };
    const reach = (dx, dy) => {
      let far = 0;
      while (far <= least && reached(dx * (far + 0.5), dy * (far + 0.5))) far += 1;
      return far;
    };
    if (document.elementFromPoint(x, y)?.closest('#panel') && !e.closest('#panel')) continue; // it lies above the list
    const [wide, high] = [reach(-1, 0) + reach(1, 0), reach(0, -1) + reach(0, 1)].map((n, i) =>
      Math.max(n, Math.floor(i ? box.height + 0.6 : box.width + 0.6)));
    if (wide < least || high < least)
      faults.push(`${wide}x${high} ${(e.getAttribute('aria-label') || e.innerText || e.placeholder || e.name || '').trim().slice(0, 40)}` +
        ` <${e.tagName.toLowerCase()} class="${e.className?.baseVal ?? e.className}"${e.name ? ` name=${e.name}` : ''}> in .${e.parentElement.className || e.parentElement.tagName}`);
  }
  return [...new Set(faults)];
}"""

OPEN = """() => {
  document.querySelectorAll('details:not([data-menu])').forEach(e => { e.open = true; });
  document.querySelectorAll('[data-edit-row]').forEach(e => document.getElementById(e.dataset.editRow)?.removeAttribute('hidden'));
}"""
# Of menus and dialogs that are alike (one for each row of a table), the first: they differ in their text alone.
NEXT = """number => {
  document.querySelectorAll('dialog[open]').forEach(e => e.close());
  document.querySelectorAll('details[data-menu][open]').forEach(e => { e.open = false; });
  const kind = e => e.tagName + (e.id.replace(/\\d+/g, '') || e.className + e.querySelector('summary')?.className);
  const all = new Map([...document.querySelectorAll('details[data-menu], dialog')].reverse().map(e => [kind(e), e]));
  const next = [...all.values()][number];
  if (!next) return false;
  if (next.tagName === 'DIALOG') next.showModal(); else next.open = true;
  return true;
}"""


def small_ones(page, least):
    """What is too small on the page, in what folds open, and in each kind of menu and dialog."""
    page.evaluate(OPEN)
    faults = page.evaluate(SMALL, least)
    number = 0
    while page.evaluate(NEXT, number):
        faults += page.evaluate(SMALL, least)
        number += 1
    return list(dict.fromkeys(faults))


LOOKS = [(1440, 24), (390, 44)]


@pytest.mark.parametrize(("width", "least"), LOOKS)
def test_every_control_of_the_dashboard_is_large_enough(sign_in, demo, width, least):
    page = sign_in("admin", width=width)
    page.expected = ("Failed to load resource: the server responded with a status of 404 (Not Found)",)
    assert page.evaluate("matchMedia('(pointer: coarse)').matches") == (width < 500)
    problems = []
    for text in PAGES + MORE:
        page.goto(address(text, demo))
        page.wait_for_load_state("load")
        if "open=" in text:
            page.wait_for_selector("#panel h2" if width > 900 else "[data-data]")
        if "/rule/" in text or "who=" in text:
            page.wait_for_selector("[data-chip]")
        if "docs" in text:
            page.get_by_text("Tell who a user is and what is known about them").click()
            page.get_by_role("button", name="Try it out").click()
            page.get_by_role("button", name="Execute").wait_for()
        problems += [f"{text} at {width}: {fault}" for fault in small_ones(page, least)]
    assert not problems, "\n".join(["", *problems])


@pytest.mark.parametrize(("width", "least"), LOOKS)
def test_every_control_of_the_admin_and_before_signing_in_is_large_enough(open_page, live_server, demo, width, least):
    page = open_page(width=width)
    statuses = ["404 (Not Found)", "403 (Forbidden)", "410 (Gone)"]
    page.expected = [f"Failed to load resource: the server responded with a status of {status}" for status in statuses]
    problems = []

    def look(text):
        page.goto(address(text, demo))
        page.wait_for_load_state("load")
        problems.extend(f"{text} at {width}: {fault}" for fault in small_ones(page, least))

    for text in OUTSIDE:
        look(text)
    client = Client()
    client.force_login(AccountFactory(is_superuser=True, is_staff=True))
    cookies = [{"name": name, "value": item.value, "url": live_server.url} for name, item in client.cookies.items()]
    page.context.add_cookies(cookies)
    for text in ADMIN:
        look(f"/admin/{text}")
    assert not problems, "\n".join(["", *problems])
