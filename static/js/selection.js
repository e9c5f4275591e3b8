/* Picking rows of a list. [data-select-all] picks the page, [data-select] one row; the bar [data-selection] shows
 * how many (text in [data-selected-count]) and offers [data-select-matching], all that match the list's query.
 * The form the bar is in sends the picked ids, or all=1. When a job has ended, the rows are asked for again. */

import { showResults } from "./shared/results.js";

const boxes = () => [...document.querySelectorAll("[data-select]")];
function update() {
  const bar = document.querySelector("[data-selection]");
  if (!bar) return;
  const picked = boxes().filter((box) => box.checked);
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.checked = picked.length > 0 && picked.length === boxes().length;
    all.indeterminate = picked.length > 0 && !all.checked;
  }
  const everything = bar.querySelector("[name=all]");
  if (!all?.checked) everything.value = "";
  bar.hidden = picked.length === 0;
  const total = bar.dataset.total;
  const count = everything.value ? total : String(picked.length);
  bar.querySelectorAll("[data-selected-count]").forEach((element) => {
    element.textContent = count;
  });
  const offer = bar.querySelector("[data-select-matching]");
  if (offer) offer.hidden = !all?.checked || Boolean(everything.value) || total === String(picked.length);
  const ids = bar.querySelector("[name=ids]");
  ids.value = picked.map((box) => box.value).join(",");
  bar.querySelectorAll("[data-page-only]").forEach((element) => {
    element.hidden = Boolean(everything.value);
  });
  document.querySelectorAll("[data-erase-count]").forEach((input) => {
    input.dataset.mustEqual = String(picked.length);
  });
  document.querySelectorAll("[data-erase-ids]").forEach((input) => {
    input.value = ids.value;
  });
  document.querySelectorAll("[data-erase-number]").forEach((element) => {
    element.textContent = String(picked.length);
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
  if (event.target.closest("[data-select-matching]")) {
    document.querySelector("[data-selection] [name=all]").value = "1";
    update();
  }
  if (event.target.closest("[data-select-none]")) {
    boxes().forEach((box) => {
      box.checked = false;
    });
    update();
  }
});
document.addEventListener("htmx:after:swap", update);
document.addEventListener("job-ended", () => {
  const results = document.getElementById("results");
  // what is on its way knows it
  if (!results || !document.getElementById("job") || results.matches(".htmx-request")) return;
  showResults(location.pathname + location.search);
});
