"""Whatever a table holds: no word is broken, what is cut off is to be had whole, rows are as high as promised."""

import pytest

from tests.browser.test_accessibility import PAGES, address
from tests.factories import user

TOKEN = "unbroken" * 10
EMAIL = f"{'very.long.mailbox.' * 3}name@{'sub-domain.' * 5}example.com"
THAI, ARABIC, CJK = (
    "ลูกค้าประจำที่จ่ายเงินทุกเดือน" * 2,
    "عملاء يدفعون كل شهر ولم يغادروا " * 3,
    "毎月支払いをする常連のお客様" * 4,
)
KEY = "a_key_of_sixty_characters_that_no_column_of_a_table_can_hold"
TABLES = [
    "/p/fernhill/users/", "/p/fernhill/users/?q=very", "/p/fernhill/users/HOSTILE/", "/p/fernhill/users/MAYA/", "/p/fernhill/users/UNUSUAL/", "/p/fernhill/users/METRICS/",
    "/p/fernhill/data/attributes/KEY/", "/p/fernhill/segments/WORDY/", "/p/fernhill/segments/WORDY/?tab=uses",
    *[page for page in PAGES if page.endswith(("DRAFT/", "TRIED/", "RAN/", "/data/attributes/", "/tags/", "/keys/", "/members/", "/segments/",
                                              "tab=growth", "tab=difference", "/help/sources/", "/help/types/",
                                              "/help/roles/", "/help/segments/"))],
]  # fmt: skip

READ = """async () => {
  const faults = [];
  const text = e => e.textContent.replace(/\\s+/g, ' ').trim();
  const isCut = e => (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1) && e.clientWidth &&
    (s => s.overflowX === 'hidden' && (s.textOverflow === 'ellipsis' || s.webkitLineClamp !== 'none'))(getComputedStyle(e));
  // Lines that a word stands on, of those that can be seen: what lies behind an ellipsis is no line.
  const linesOf = (range, cell) => {
    let frames = [];
    for (let e = range.startContainer.parentElement; e !== cell.parentElement; e = e.parentElement)
      if (getComputedStyle(e).overflowX === 'hidden') frames.push(e.getBoundingClientRect());
    const seen = [...range.getClientRects()].filter(r => r.width > 0.5 && frames.every(f => r.top < f.bottom - 3 && r.bottom > f.top + 3));
    return new Set(seen.map(r => Math.round(r.top / 6))).size;
  };
  const cells = [...document.querySelectorAll('main :is(td, th)')].filter(e => e.checkVisibility() && e.offsetWidth > 2);
  const cuts = [];
  for (const cell of cells) {
    const about = `${cell.dataset.label || cell.className || cell.tagName} "${text(cell).slice(0, 50)}"`;
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode, holder = node.parentElement;
      if (holder.closest('.sr-only, option, dialog, .menu__body, pre, textarea') || !holder.checkVisibility()) continue;
      const first = node.data.match(/\\S+/g) ?? [];
      if (holder.offsetHeight < 24 && !first.some(w => w.length > 12)) continue; // one line
      for (const found of node.data.matchAll(/[^\\s]+/g)) {
        if (/[\\u0e00-\\u0e7f\\u3000-\\u9fff]/.test(found[0])) continue; // no spaces between words
        if (holder.closest('.value--long, .article')) continue; // two lines with Show all; prose
        const range = document.createRange();
        range.setStart(node, found.index);
        range.setEnd(node, found.index + found[0].length);
        if (linesOf(range, cell) > 1) { faults.push(`broken: ${found[0].slice(0, 40)} in ${about}`); break; }
      }
    }
    for (const one of cell.querySelectorAll('code, time, a[href^="mailto:"], .cut'))
      if (one.checkVisibility() && one.offsetHeight > 1.6 * (parseFloat(getComputedStyle(one).lineHeight) || 22) && !one.closest('a.cut, dialog, .article')) faults.push(`${one.offsetHeight} px, not one line: ${about}`);
    cuts.push(...[cell, ...cell.querySelectorAll('*')].filter(e => e.checkVisibility() && isCut(e) && !e.closest('.sr-only, dialog')));
  }
  // Whole on hover, on focus, and (where a press does not lead there anyway) on tap.
  const told = () => document.querySelector('.tip')?.textContent.replace(/\\s+/g, ' ').trim() ?? '';
  const kinds = new Map();
  for (const e of cuts) {
    const kind = [e.tagName, e.className, e.parentElement.className].join();
    kinds.set(kind, [...(kinds.get(kind) ?? []), e]);
  }
  for (const e of [...kinds.values()].flatMap(list => list.slice(0, 2))) {
    e.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
    await new Promise(requestAnimationFrame);
    const whole = text(e), at = e.getBoundingClientRect();
    const where = { bubbles: true, clientX: at.left + 6, clientY: at.top + Math.min(10, at.height / 2) };
    const top = document.elementFromPoint(where.clientX, where.clientY) ?? e;
    const missed = [];
    const check = how => { if (!told().includes(whole.slice(0, 80))) missed.push(how); document.dispatchEvent(new FocusEvent('focusout', { bubbles: true })); };
    (e.contains(top) || top.contains(e) ? top : e.closest('td, th').contains(top) ? top : e).dispatchEvent(new MouseEvent('mouseover', where));
    check('hover');
    const focusable = e.matches('a, button, [tabindex]') ? e : [e.closest('a, button, [tabindex]')].find(f => f && e.closest('td, th').contains(f)) ??
      e.querySelector('a, button, [tabindex]') ?? e.closest('td, th').querySelector('a, button');
    focusable?.focus({ preventScroll: true });
    check('focus');
    focusable?.blur();
    if (!e.closest('a, button') && !e.querySelector('a, button') && !e.closest('td, th').querySelector('a')) {
      e.dispatchEvent(new PointerEvent('click', { ...where, pointerType: 'touch' }));
      check('tap');
    }
    if (missed.length) faults.push(`cut, not whole on ${missed.join(', ')}: ${e.tagName}.${e.className} "${whole.slice(0, 40)}"`);
  }
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 1) {
    const out = [...document.querySelectorAll('main *')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1);
    faults.push(`${wide} px wider than the window: ${out.slice(0, 3).map(e => `${e.tagName}.${e.className}`).join(' ')}`);
  }
  return [...new Set(faults)];
}"""

# Rows of a table that promises a height: those that a person unfolded, notes and texts of two lines aside.
HEIGHTS = """() => [...document.querySelectorAll('main table.table:not(.difference)')].filter(t => t.checkVisibility()).flatMap(table => {
  const promised = table.matches('.table--dense') ? 36 : 44;
  return [...table.querySelectorAll('tbody tr')].filter(row => row.offsetHeight && !row.matches('.edit-row') && !row.querySelector('ul'))
    .filter(row => Math.abs(row.getBoundingClientRect().height - promised) > 1.5)
    .map(row => `row of ${row.offsetHeight} px, not ${promised}: ${row.innerText.slice(0, 60).replace(/\\s+/g, ' ')}`);
}).concat([...document.querySelectorAll('main tr.attribute')].filter(row => row.checkVisibility() &&
  !row.querySelector('[aria-expanded=true]')).map(row => [row, row.querySelector('.attribute__notes, .attribute__key') ? 57 : 37])
  .filter(([row, most]) => row.offsetHeight > most || row.offsetHeight < 35).map(([row, most]) => `row of ${row.offsetHeight} px, more than ${most}: ${row.innerText.slice(0, 60)}`))"""


@pytest.fixture
def hostile(demo):
    """The demo, with what is long and strange in every table. Gives the addresses' names and ids."""
    from segments.models import Segment
    from users.ground.text_forms import same_look
    from users.models import Account, Attribute, Project, Tag, UserTag

    project = Project.objects.get(slug="fernhill")
    people = [
        user(project, f"id_{TOKEN}", name=f"Long {TOKEN}", email=EMAIL, attributes={KEY: TOKEN, "plan": EMAIL, "seats": 123456789012345}),
        user(project, "id_thai", name=THAI, email="thai@example.com", attributes={KEY: ARABIC, f"{KEY}_2": CJK}),
        user(project, "id_arabic", name=ARABIC, attributes={KEY: CJK, "plan": THAI}),
    ]  # fmt: skip
    Attribute.objects.filter(project=project, key=KEY).update(description=f"{TOKEN} {ARABIC}")
    for name in ["a tag with many words that fill a line of it", TOKEN[:50], THAI[:50]]:
        tag = Tag.objects.create(project=project, name=name, folded=same_look(name))
        for person in people:
            UserTag.objects.create(user=person, tag=tag, origin_kind="account")
    paying = Segment.objects.get(name="Paying customers")
    for name in [
        f"Segment {TOKEN}"[:80],
        f"{ARABIC}"[:80],
        "A segment whose name has so many words that they fill two lines",
    ]:
        wordy = Segment.objects.create(
            project=project, name=name, description=f"{TOKEN} and more words", rule=paying.rule
        )
    Account.objects.filter(memberships__project=project).update(name=f"Member {TOKEN}"[:60])
    project.api_keys.update(name=f"Key {TOKEN}"[:60])
    return {
        "HOSTILE": people[0].pk, "WORDY": wordy.pk, "KEY": Attribute.objects.get(project=project, key=KEY).pk,
    }  # fmt: skip


def test_words_stay_whole_and_rows_as_high_as_promised(sign_in, demo, hostile):
    page = sign_in("admin")
    problems = []
    for width in (1440, 1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for text in TABLES:
            for name, pk in hostile.items():
                text = text.replace(name, str(pk))
            page.goto(address(text, demo))
            page.wait_for_load_state("load")
            page.evaluate("document.querySelectorAll('details.fold').forEach(e => { e.open = true; })")
            faults = page.evaluate(READ) + (page.evaluate(HEIGHTS) if width > 900 else [])
            problems += [f"{text} at {width}: {fault}" for fault in faults]
    assert not problems, "\n".join(["", *problems])
