/* #panel: the profile beside the list. a[data-open], or its row, loads it there on wide screens (its href is the page's
 * own address), on the tab that is open; the address gets ?open=ID, and &tab= of another tab than the first, so that
 * Back goes to the tab before or closes it, and a reload or whom it was sent to sees the same. [data-open-id] and
 * [data-open-tab] hold them for forms. Escape and [data-close-panel] close it, focus returns to the row.
 * [data-panel-handle] resizes it up to half the window, for good. Bars stand in for a profile that takes longer than
 * a moment. Whoever was asked for last is shown: an answer about anybody else is dropped. */

import { complain, send } from "./shared/requests.js";

const WIDE = window.matchMedia("(min-width: 900px)");
const WIDTH = "panel-width";
const FIRST_TAB = "data";
const panel = () => document.getElementById("panel");
const live = () => panel()?.querySelector("[data-live]");
let opener = null;
let running = null; // what can give up the request under way
let wanted = null; // the path of the profile that is shown or awaited

function withOpen(id, tab) {
  const url = new URL(location.href);
  if (id) url.searchParams.set("open", id);
  else url.searchParams.delete("open");
  if (id && tab && tab !== FIRST_TAB) url.searchParams.set("tab", tab);
  else url.searchParams.delete("tab");
  return url;
}
const said = (name) => new URL(location.href).searchParams.get(name);
const openId = () => said("open");
const openTab = () => said("tab") || FIRST_TAB;
const liveTab = () => live() && (new URL(live().dataset.live, location.href).searchParams.get("tab") || FIRST_TAB);
function mark(id, tab = FIRST_TAB) {
  if (id)
    document
      .querySelectorAll("[data-row]")
      .forEach((row) => row.toggleAttribute("data-current", row.dataset.row === id));
  const kept = document.querySelector("[data-open-id]");
  if (kept) kept.value = id || "";
  const keptTab = document.querySelector("[data-open-tab]");
  if (keptTab) keptTab.value = tab === FIRST_TAB ? "" : tab;
}
function say(id, tab, push) {
  mark(id, tab);
  history[push ? "pushState" : "replaceState"]({ open: id }, "", withOpen(id, tab));
}
function bars() {
  const waiting = document.createElement("div");
  waiting.className = "panel__waiting";
  waiting.setAttribute("role", "status");
  waiting.setAttribute("aria-label", "Loading the user");
  for (let bar = 0; bar < 12; bar += 1)
    waiting.append(Object.assign(document.createElement("div"), { className: "skeleton" }));
  return waiting;
}
async function load(href, id, tab, push) {
  const address = new URL(href, location.href);
  address.searchParams.set("tab", tab);
  wanted = address.pathname;
  say(id, tab, push);
  running?.abort();
  const own = (running = new AbortController());
  const soon = setTimeout(() => {
    if (!panel().childElementCount) panel().replaceChildren(bars());
  }, 250);
  try {
    const headers = { "HX-Request": "true", Accept: "text/html" };
    const text = await (await send(address, { method: "GET", headers, signal: own.signal })).text();
    if (!own.signal.aborted)
      await window.htmx.swap({ text, target: panel(), sourceElement: panel(), swap: "innerHTML" });
  } catch (error) {
    if (!own.signal.aborted) complain(`${error.message} `, () => load(href, id, tab, false));
  }
  clearTimeout(soon);
  if (own.signal.aborted) return;
  measure();
  const shown = live()?.dataset.person || null; // another one if this one could not be had
  if (!shown) panel().replaceChildren();
  document.body.classList.toggle("with-panel", Boolean(shown));
  if (shown !== id) {
    wanted = shown && new URL(live().dataset.live, location.href).pathname;
    say(shown, liveTab(), false);
  }
}
function close(push) {
  if (!panel() || !panel().childElementCount) return;
  wanted = null;
  running?.abort();
  const row = document.querySelector(`a[data-open="${CSS.escape(live()?.dataset.person || "")}"]`);
  const back = opener?.isConnected ? opener : row || document.querySelector("[data-search]");
  panel().replaceChildren();
  document.body.classList.remove("with-panel");
  mark(null);
  if (push) history.pushState({}, "", withOpen(null));
  back?.focus();
}
document.addEventListener("htmx:before:swap", (event) => {
  const { target, request } = event.detail.ctx;
  if (!request || !panel() || target !== panel()) return;
  const path = new URL(request.action, location.href).pathname;
  if (!wanted || !path.startsWith(wanted)) event.preventDefault();
});
document.addEventListener("htmx:after:swap", (event) => {
  const { target } = event.detail.ctx;
  if (target?.id === "results") mark(live()?.dataset.person, liveTab() || FIRST_TAB);
  if (!panel() || target !== panel()) return;
  measure();
  const person = live()?.dataset.person;
  if (person && person === openId() && liveTab() !== openTab()) say(person, liveTab(), true);
});
/* A press anywhere on a row is one on its name, unless it meant something else or marked text. */
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (!row || event.target.closest("a, button, input, label, summary, .check")) return;
  if (event.pointerType === "touch" && event.target.closest("[tabindex]")) return; // shows more of itself
  if (!event.defaultPrevented && String(window.getSelection()) === "") row.querySelector("a[data-open]")?.click();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-open]");
  if (link && panel() && WIDE.matches && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    const already = panel().childElementCount > 0;
    opener = link;
    load(link.href, link.dataset.open, liveTab() || FIRST_TAB, !already);
  }
  if (event.target.closest("[data-close-panel]")) {
    event.preventDefault();
    close(true);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (event.target.closest?.("input, textarea, select, dialog, details[open], .combobox__popup")) return;
  close(true);
});
window.addEventListener("popstate", () => {
  const id = openId();
  if (!id) return close(false);
  if (live()?.dataset.person === id && liveTab() === openTab()) return undefined;
  const link = document.querySelector(`a[data-open="${CSS.escape(id)}"]`);
  if (link) load(link.href, id, openTab(), false);
  return undefined;
});
function start() {
  if (!panel()) return;
  if (kept()) document.documentElement.style.setProperty("--panel-width", `${kept()}px`);
  const id = panel().dataset.initial;
  if (id && WIDE.matches) load(panel().dataset.href, id, openTab(), false);
  else if (id) location.replace(`${panel().dataset.href}?tab=${encodeURIComponent(openTab())}`);
}

let dragging = false;
function measure() {
  const handle = document.querySelector("[data-panel-handle]");
  handle?.setAttribute("aria-valuenow", panel().offsetWidth);
  handle?.setAttribute("aria-valuemax", Math.max(420, Math.round(innerWidth / 2)));
}
function resize(width) {
  const fits = Math.round(Math.max(Math.min(width, innerWidth / 2), 420));
  document.documentElement.style.setProperty("--panel-width", `${fits}px`);
  measure();
  try {
    localStorage.setItem(WIDTH, fits);
  } catch {
    /* storage is off: it lasts as long as the page */
  }
}
function kept() {
  try {
    return Number(localStorage.getItem(WIDTH));
  } catch {
    return 0;
  }
}
document.addEventListener("pointerdown", (event) => {
  dragging = Boolean(event.target.closest("[data-panel-handle]"));
});
document.addEventListener("pointermove", (event) => {
  if (dragging) {
    resize(innerWidth - event.clientX);
    event.preventDefault();
  }
});
document.addEventListener("pointerup", () => {
  dragging = false;
});
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-panel-handle]")) return;
  const step = { ArrowLeft: 40, ArrowRight: -40 }[event.key];
  if (step) resize(panel().offsetWidth + step);
});
document.addEventListener("DOMContentLoaded", start); // htmx is there by then
