/* [data-live="url"] with data-etag: asks every 1.5 s with If-None-Match and swaps the rows and the head that changed.
 * Pauses when the page is hidden; never touches a row being edited, a menu or a dialog that is open: what is passed
 * over is asked for again. A changed row is tinted for 2 s and said once. "refresh" on document asks at once. */

import { narrow } from "./data-tab.js";
import { announce } from "./shared/announce.js";
import { ask as request } from "./shared/requests.js";

const EVERY = 1500;
const FOCUSABLE = "a, button, summary, input, select, textarea, [tabindex]";
let busy = false;
let again = false;
let leaving = 0; // when the page was last about to be left: who is just being erased is not asked for
const rowIn = (tree, ref) => tree.querySelector(`[data-attribute="${CSS.escape(ref)}"]`);
const inUse = (element) => element.querySelector("details[open], dialog[open], [data-tag-popup]:not([hidden])");

/* The fresh element in the place of the old one; what had the focus in it has it again. */
function exchange(old, fresh) {
  const row = document.activeElement.closest("[data-attribute]");
  const from = row && old.contains(row) ? row : old;
  const at = [...from.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  old.replaceWith(fresh);
  window.htmx.process(fresh);
  if (at < 0) return;
  const scope = from === old ? fresh : rowIn(fresh, row.dataset.attribute);
  scope?.querySelectorAll(FOCUSABLE)[at]?.focus({ preventScroll: true });
}
function tint(row) {
  row.dataset.changed = "";
  window.setTimeout(() => delete row.dataset.changed, 2000);
}
function swapRows(root, fresh, changed) {
  let all = true;
  fresh.querySelectorAll("[data-attribute]").forEach((found) => {
    const row = document.importNode(found, true); // the fresh table must stay whole, it may be needed below
    const old = rowIn(root, row.dataset.attribute);
    if (!old || old.dataset.state === row.dataset.state) return;
    if (inUse(old) || root.querySelector(`.attribute--editing[data-of="${CSS.escape(row.dataset.attribute)}"]`)) {
      all = false;
      return;
    }
    exchange(old, row);
    const said = `${row.dataset.label} is now ${row.querySelector(".data__value").textContent.trim()}`;
    if (old.querySelector(".data__value").textContent === row.querySelector(".data__value").textContent) return;
    tint(row);
    changed.push(said);
  });
  return all;
}
function swapTable(root, fresh, changed) {
  const [old, table] = [root, fresh].map((tree) => tree.querySelector("[data-data-table]"));
  const order = (tree) => [...tree.querySelectorAll("[data-attribute]")].map((row) => row.dataset.attribute).join();
  if (!old || !table || order(old) === order(table)) return true;
  if (old.querySelector(".attribute--editing") || inUse(old)) return false;
  const more = old.querySelectorAll("[data-attribute]").length !== table.querySelectorAll("[data-attribute]").length;
  const opened = [...old.querySelectorAll("tr[data-of]")];
  const tinted = [...old.querySelectorAll("[data-changed]")];
  exchange(old, table);
  tinted
    .map((row) => rowIn(table, row.dataset.attribute))
    .filter(Boolean)
    .forEach(tint);
  opened.forEach((row) => rowIn(table, row.dataset.of)?.after(row));
  if (more) changed.push("Attributes were added or removed");
  return true;
}
function swapHead(root, fresh) {
  const [old, head] = [root, fresh].map((tree) => tree.querySelector("[data-profile-head]"));
  if (!old || !head || old.dataset.state === head.dataset.state) return true;
  if (inUse(old)) return false;
  const [before, now] = [old.dataset.title, head.dataset.title];
  exchange(old, head);
  const heading = document.querySelector("[data-profile-title]");
  if (heading && before !== now) {
    heading.textContent = now;
    document.title = document.title.replace(before, () => now);
  }
  return true;
}
function swapCounts(root, fresh) {
  for (const count of root.querySelectorAll(".count[data-count]")) {
    const found = fresh.querySelector(`.count[data-count="${CSS.escape(count.dataset.count)}"]`);
    if (found) count.textContent = found.textContent;
  }
}
function swap(root, fresh) {
  const changed = [];
  const done = [swapRows(root, fresh, changed), swapTable(root, fresh, changed), swapHead(root, fresh)].every(Boolean);
  swapCounts(root, fresh);
  if (!done) root.dataset.etag = "";
  const data = root.querySelector("[data-data]");
  if (data) narrow(data);
  if (changed.length) announce(changed.slice(0, 3).join(". "));
}

async function ask() {
  const root = document.querySelector("[data-live]");
  if (busy) {
    again = true;
    return;
  }
  if (!root || document.hidden || Date.now() - leaving < 10000) return;
  busy = true;
  try {
    const response = await request(root.dataset.live, {
      headers: { "If-None-Match": root.dataset.etag, "HX-Request": "true", "X-Live": "1" },
    });
    if (response.status === 200) {
      root.dataset.etag = response.headers.get("ETag") || "";
      const text = await response.text();
      if (root.isConnected) swap(root, new DOMParser().parseFromString(text, "text/html"));
    }
  } catch {
    /* offline: asked again soon */
  } finally {
    busy = false;
  }
  if (again) {
    again = false;
    ask();
  }
}
window.setInterval(() => {
  if (!busy) ask();
}, EVERY);
document.addEventListener("refresh", ask);
window.addEventListener("beforeunload", () => {
  leaving = Date.now();
});
