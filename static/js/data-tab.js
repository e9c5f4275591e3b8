/* The Data tab: [data-data-search] and [data-data-filter] narrow the rows [data-attribute] as one types, without
 * asking the server. [data-opens=detail|editing] opens a row below its own, once: again closes the details and goes
 * to the edit. [data-cancel-edit] and Escape take such a row away, [data-cancel-add] and Escape the form in [data-add];
 * the focus goes back. Enter in [data-enter-saves] saves. Values that are shown for 30 s ([data-reveal]) hide again.
 * [data-restore] takes back a change that history lists. On a page of its own, how the rows are narrowed is in the
 * address. narrow(root) does so again after rows were exchanged. */

import { complain, send } from "./shared/requests.js";
import { toast } from "./toast.js";

export function narrow(root) {
  const search = root.querySelector("[data-data-search]");
  const needle = (search?.value || "").trim().toLowerCase();
  const filter = root.querySelector("[data-data-filter][aria-pressed=true]")?.dataset.dataFilter || "all";
  let shown = 0;
  const opened = new Map([...root.querySelectorAll("tr[data-of]")].map((row) => [row.dataset.of, row]));
  root.querySelectorAll("[data-attribute]").forEach((row) => {
    const fits =
      (filter === "all" || row.dataset.flags.split(" ").includes(filter)) &&
      (!needle || row.dataset.text.includes(needle));
    row.hidden = !fits;
    shown += fits;
    const below = opened.get(row.dataset.attribute);
    if (below) below.hidden = !fits;
    row.querySelector("[aria-expanded]").setAttribute("aria-expanded", String(Boolean(below)));
  });
  root.querySelectorAll("tbody[data-group]").forEach((group) => {
    group.hidden = !group.querySelector("[data-attribute]:not([hidden])");
  });
  const nothing = root.querySelector("[data-data-nothing]");
  if (nothing) nothing.hidden = shown > 0;
}
const all = (root) => root.querySelectorAll?.("[data-data]").forEach(narrow);
all(document);
document.addEventListener("htmx:after:process", ({ target }) => {
  all(target);
  const around = target.closest?.("[data-data]");
  if (around) narrow(around);
});
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-data-search]")) return;
  narrow(event.target.closest("[data-data]"));
  keepInAddress(event.target.closest("[data-data]"));
});
/* A profile's own page can be shared as it is narrowed. */
function keepInAddress(root) {
  if (root.closest("#panel")) return;
  const address = new URL(location.href);
  const on = root.querySelector("[data-data-filter][aria-pressed=true]")?.dataset.dataFilter || "all";
  if (on === "all") address.searchParams.delete("source");
  else address.searchParams.set("source", on);
  const typed = root.querySelector("[data-data-search]")?.value.trim();
  if (typed) address.searchParams.set("q", typed);
  else address.searchParams.delete("q");
  history.replaceState(history.state, "", address);
}
document.addEventListener("click", (event) => {
  const filter = event.target.closest("[data-data-filter]");
  if (filter) {
    event.preventDefault();
    const root = filter.closest("[data-data]");
    const on = filter.getAttribute("aria-pressed") === "true";
    root.querySelectorAll("[data-data-filter]").forEach((other) => other.setAttribute("aria-pressed", "false"));
    (on ? root.querySelector('[data-data-filter="all"]') : filter).setAttribute("aria-pressed", "true");
    narrow(root);
    keepInAddress(root);
  }
  const cancel = event.target.closest("[data-cancel-edit]");
  if (cancel) restore(cancel.closest("tr"));
  const add = event.target.closest("[data-add] [data-cancel-add]");
  if (add) {
    event.preventDefault();
    closeAdd(add.closest("[data-add]"));
  }
});
const rowOf = (ref) => document.querySelector(`[data-attribute="${CSS.escape(ref || "")}"]`);
const focusRow = (ref) => rowOf(ref)?.querySelector("button")?.focus();
function restore(row) {
  const data = row.closest("[data-data]");
  row.remove();
  if (data) narrow(data);
  focusRow(row.dataset.of);
  document.dispatchEvent(new Event("refresh")); // what changed meanwhile was kept away from the row
}
let adder = null;
function closeAdd(box) {
  box.replaceChildren();
  (adder?.isConnected ? adder : document.querySelector("[data-add-open]"))?.focus();
}
document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement: asking, target } = event.detail.ctx;
  if (target?.matches?.("[data-add]") && !asking.closest("[data-add]")) adder = asking;
  const opens = asking.dataset?.opens;
  const ref = opens && asking.closest("[data-attribute]").dataset.attribute;
  const open = opens && document.querySelector(`.attribute--${opens}[data-of="${CSS.escape(ref)}"]`);
  if (!open) return;
  event.preventDefault();
  if (opens === "detail") restore(open);
  else open.querySelector("[data-autofocus]").focus();
});
document.addEventListener("htmx:before:swap", (event) => {
  const { sourceElement: form, target, text } = event.detail.ctx;
  const from = text ? null : form.closest("tr[data-of], [data-add]"); // what was saved is answered with nothing
  if (from)
    window.setTimeout(() => {
      // once the form is gone
      if (form.isConnected || document.activeElement !== document.body) return;
      if (from.dataset.of) focusRow(from.dataset.of);
      else closeAdd(target);
    });
});
document.addEventListener(
  "keydown",
  (event) => {
    if (
      event.key === "Enter" &&
      !event.shiftKey &&
      !event.isComposing &&
      event.target.matches?.("[data-enter-saves]")
    ) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
    const row = event.target.closest?.("tr[data-of]");
    const add = event.target.closest?.("[data-add]");
    if (event.key !== "Escape" || !(row || add) || event.target.closest("details[open]")) return;
    event.preventDefault();
    event.stopPropagation();
    if (row) restore(row);
    else closeAdd(add);
  },
  true,
);
document.addEventListener("click", async (event) => {
  const undo = event.target.closest("[data-restore]");
  if (undo)
    try {
      await send(undo.dataset.restore);
      toast("Undone.");
      const history = undo.closest("[data-history]") && document.querySelector(".tabs__tab[aria-current=page]");
      if (history) history.click();
      else restore(undo.closest("tr[data-of]"));
    } catch (error) {
      complain(error.message);
    }
  const reveal = event.target.closest("[data-reveal]");
  if (!reveal) return;
  try {
    const answer = await (await send(reveal.dataset.reveal)).json();
    const cell = reveal.parentElement;
    const before = cell.innerHTML;
    cell.innerHTML = answer.html;
    window.setTimeout(() => {
      cell.innerHTML = before;
    }, 30000);
  } catch (error) {
    complain(error.message);
  }
});
document.addEventListener("htmx:after:process", ({ target }) => {
  const edit = target.querySelector?.("[data-autofocus]") || (target.matches?.("[data-autofocus]") ? target : null);
  if (edit) {
    edit.focus();
    edit.select?.();
  }
});
