/* form[data-columns]: which columns a list shows, and in what order. [data-columns-shown] holds those that are shown; a
 * box that is ticked moves its [data-column] to the end of them, one that is cleared back to its source. A
 * [data-column-handle] moves its column by dragging and by arrow keys. [data-column-search] narrows both. */

import { announce } from "./shared/announce.js";
import { look } from "./shared/combobox.js";

const form = () => document.querySelector("form[data-columns]");
const shown = () => form().querySelector("[data-columns-shown]");
const nameOf = (item) => item.querySelector("label").textContent.trim();
let dragged = null;

function say(item) {
  const all = [...shown().children];
  announce(`${nameOf(item)}, place ${all.indexOf(item) + 1} of ${all.length}`);
}
function changed(box) {
  const item = box.closest("[data-column]");
  const home = form().querySelector(`[data-columns-of="${CSS.escape(item.dataset.source)}"]`);
  if (box.checked) shown().append(item);
  else home.querySelector("ul").prepend(item);
  narrow();
  box.focus();
  if (box.checked) say(item);
}
function narrow() {
  const typed = look(form().querySelector("[data-column-search]").value);
  let any = false;
  form()
    .querySelectorAll("[data-column]")
    .forEach((item) => {
      item.hidden = !look(`${nameOf(item)} ${item.dataset.column}`).includes(typed);
      any = any || !item.hidden;
    });
  form()
    .querySelectorAll("[data-columns-of]")
    .forEach((group) => {
      group.hidden = !group.querySelector("[data-column]:not([hidden])");
    });
  form().querySelector("[data-columns-none]").hidden = any;
}
/* Before the item of which the pointer is over the upper half. */
function drag(event) {
  const others = [...shown().children].filter((item) => item !== dragged && !item.hidden);
  const next = others.find((item) => {
    const box = item.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  });
  if (next !== dragged.nextElementSibling) shown().insertBefore(dragged, next || null);
}
document.addEventListener("change", (event) => {
  if (event.target.matches("form[data-columns] [name=columns]")) changed(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-column-search]")) narrow();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-column-search]")) event.preventDefault();
  const handle = event.target.closest?.("[data-column-handle]");
  const item = handle?.closest("[data-columns-shown] > [data-column]");
  if (!item || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  const beside = event.key === "ArrowUp" ? item.previousElementSibling : item.nextElementSibling;
  if (!beside) return;
  if (event.key === "ArrowUp") beside.before(item);
  else beside.after(item);
  handle.focus();
  say(item);
});
document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest("[data-column-handle]");
  const item = handle?.closest("[data-columns-shown] > [data-column]");
  if (!item) return;
  dragged = item;
  item.toggleAttribute("data-moving", true);
  handle.setPointerCapture(event.pointerId);
});
document.addEventListener("pointermove", (event) => {
  if (dragged) drag(event);
});
for (const end of ["pointerup", "pointercancel"])
  document.addEventListener(end, () => {
    dragged?.removeAttribute("data-moving");
    dragged = null;
  });
