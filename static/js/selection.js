/* Picking rows of a list. [data-select-all] picks the page, [data-select] one row, with Shift all between it and the
 * one before. The bar [data-selection] shows how many (text in [data-selected-count], and "user" or "users" in
 * [data-selected-noun]) and offers
 * [data-select-matching], all that match the list's query (data-query, data-total). Forms with [data-of-selection] send
 * who is picked: ids=, or all=1 and query=; once that was taken they are picked no more. [data-page-only] is for picked
 * rows alone. When a job has ended, the rows are asked for again, and those picked meanwhile stay so. */

import { make } from "./shared/dom.js";
import { showResults } from "./shared/results.js";

let everything = false; // all that match, not those of this page alone
let last = null; // the box that was picked last
let kept = null; // who was picked when the same rows were asked for again
const boxes = () => [...document.querySelectorAll("[data-select]")];

function put(form, name, value) {
  const field = form.elements[name] || make("input", { type: "hidden", name });
  field.value = value;
  if (!field.isConnected) form.prepend(field);
}
function update() {
  const bar = document.querySelector("[data-selection]");
  if (!bar) return;
  const picked = boxes().filter((box) => box.checked);
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.checked = picked.length > 0 && picked.length === boxes().length;
    all.indeterminate = picked.length > 0 && !all.checked;
  }
  everything = everything && Boolean(all?.checked);
  bar.hidden = picked.length === 0;
  const { total, query } = bar.dataset;
  document.querySelectorAll("[data-selected-count]").forEach((element) => {
    element.textContent = everything ? total : String(picked.length);
  });
  const one = everything ? total === "1" : picked.length === 1;
  document.querySelectorAll("[data-selected-noun]").forEach((element) => {
    element.textContent = one ? "user" : "users";
  });
  const offer = bar.querySelector("[data-select-matching]");
  if (offer) offer.hidden = !all?.checked || everything || total === String(picked.length);
  document.querySelectorAll("form[data-of-selection]").forEach((form) => {
    put(form, "ids", picked.map((box) => box.value).join(","));
    put(form, "all", everything ? "1" : "");
    put(form, "query", everything ? query : "");
  });
  bar.querySelectorAll("[data-page-only]").forEach((element) => {
    element.hidden = everything;
  });
  document.querySelectorAll("[data-erase-count]").forEach((input) => {
    input.dataset.mustEqual = String(picked.length);
  });
}
function pick(ids) {
  boxes().forEach((box) => {
    box.checked = ids.includes(box.value);
  });
  update();
}
/* All between the box that was picked before and this one become as this one is. */
function pickUpTo(box) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (from < 0) return;
  all.slice(from, to + 1).forEach((between) => {
    between.checked = box.checked;
  });
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]"))
    boxes().forEach((box) => {
      box.checked = event.target.checked;
    });
  if (event.target.matches("[data-select], [data-select-all]")) update();
});
document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-select]");
  if (box) {
    if (event.shiftKey && last && last !== box) pickUpTo(box);
    last = box;
    update();
  }
  if (event.target.closest("[data-select-matching]")) {
    everything = true;
    update();
  }
  if (event.target.closest("[data-select-none]")) pick([]);
});
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const { sourceElement: source, target } = detail.ctx;
  if (source.matches("form[data-of-selection]") && target.id === "job") pick([]);
  else if (kept && source.id === "results") pick(kept);
  else update();
  if (target.id === "results") kept = null;
});
document.addEventListener("job-ended", () => {
  const results = document.getElementById("results");
  // what is on its way knows it
  if (!results || !document.getElementById("job") || results.matches(".htmx-request")) return;
  kept = boxes()
    .filter((box) => box.checked)
    .map((box) => box.value);
  showResults(location.pathname + location.search);
});
