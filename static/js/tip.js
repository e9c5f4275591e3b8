/* [data-tip]: its text in a tooltip on hover, focus and tap; so the whole of any text that is cut off. Escape closes
 * it. What is cut off and holds nothing that takes focus can be focused itself. */
import { isCut, wholeText } from "./shared/cut.js";

const MAY_BE_CUT = [
  ".cut, .group__fix, td.attribute__by",
  ...[".value", ".user-cell__text > *", ".caption", ".tag > span", ".chip--item"].map((name) => `td ${name}`),
].join();
const CELLS = "td, th, li, dd, .history__name";
const TAKES_FOCUS = "a, button, input, select, [tabindex]";
let tip = null;
function hide() {
  tip?.remove();
  tip = null;
}
function show(element, text) {
  hide();
  tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "tooltip");
  tip.textContent = text;
  (element.closest("dialog[open]") ?? document.body).append(tip);
  const box = element.getBoundingClientRect();
  const left = Math.min(Math.max(4, box.left), window.innerWidth - tip.offsetWidth - 4);
  const above = box.top - tip.offsetHeight - 6;
  tip.style.setProperty("left", `${left}px`);
  const top = Math.min(above > 0 ? above : box.bottom + 6, window.innerHeight - tip.offsetHeight - 4);
  tip.style.setProperty("top", `${top}px`);
}
/** What is cut off at the pointer, also beneath a link that covers its cell. With focus on a link, all that it stands
 * for: a user's name and id. */
function cutAt(event) {
  const cell = event.target.closest?.(CELLS);
  if (!cell) return [];
  if (event.type === "focusin") {
    const covered = event.target.closest(".user-cell, .segment-cell, .cut") ?? event.target;
    return [covered, ...covered.querySelectorAll("*")].filter(isCut);
  }
  const around = [];
  for (let one = event.target; one !== cell.parentElement; one = one.parentElement) around.push(one);
  const below = document.elementsFromPoint(event.clientX, event.clientY).filter((one) => cell.contains(one));
  const isAt = ({ left, top, right, bottom }) =>
    event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
  return [...below, ...around].filter((one) => isAt(one.getBoundingClientRect()) && isCut(one)).slice(0, 1);
}
for (const name of ["mouseover", "focusin", "click"]) {
  document.addEventListener(name, (event) => {
    const told = event.target.closest?.("[data-tip]");
    const cut = told ? [] : cutAt(event);
    if (told) show(told, told.dataset.tip);
    else if (cut.length) show(cut[0], cut.map(wholeText).join(" · "));
    else if (name !== "focusin") hide();
  });
}
document.addEventListener("focusout", hide);
document.addEventListener("scroll", hide, true);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});

function makeReachable() {
  for (const one of document.querySelectorAll(MAY_BE_CUT)) {
    const isWithin = one.closest(CELLS)?.contains(one.closest(TAKES_FOCUS)) || one.closest(".user-cell, .segment-cell");
    if (!isWithin && isCut(one) && !one.querySelector(TAKES_FOCUS)) one.tabIndex = 0;
  }
}
let soon = 0;
function makeReachableSoon() {
  cancelAnimationFrame(soon);
  soon = requestAnimationFrame(makeReachable);
}
makeReachableSoon();
for (const name of ["resize", "load"]) window.addEventListener(name, makeReachableSoon);
document.addEventListener("htmx:after:swap", makeReachableSoon);
