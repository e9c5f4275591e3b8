/* A table of rows to pick from. [data-row-toggle], a check box in a [data-row], opens and closes the other controls of
 * its row: those of rows that are not picked are not sent. input[data-filter-rows=ID] shows the rows of #ID that hold
 * what was typed; #ID-none is shown where there are none. */

import { look } from "./shared/combobox.js";

function open(box) {
  for (const control of box.closest("[data-row]").querySelectorAll("input, select"))
    if (control !== box) control.disabled = !box.checked;
}
function narrow(input) {
  const typed = look(input.value);
  const rows = [...document.getElementById(input.dataset.filterRows).children];
  for (const row of rows) row.hidden = !look(row.textContent).includes(typed);
  document.getElementById(`${input.dataset.filterRows}-none`).hidden = rows.some((row) => !row.hidden);
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-row-toggle]")) open(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter-rows]")) narrow(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-filter-rows]")) event.preventDefault();
});
