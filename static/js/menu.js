/* details[data-menu]: stays inside the window, closes on Escape, on a click elsewhere and when focus leaves; arrows
 * move among its items. */

import { keepInside } from "./shared/placing.js";

const items = (menu) =>
  [...menu.querySelectorAll(".menu__body a, .menu__body button, .menu__body input")].filter(
    (item) => item.offsetParent,
  );
document.addEventListener("click", (event) => {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!menu.contains(event.target) || event.target.closest("a.menu__item, button.menu__item:not([data-keep-open])"))
      menu.removeAttribute("open");
  });
});
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu]");
  if (!menu) return;
  if (event.key === "Escape" && menu.open) {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
    event.stopPropagation();
  }
  if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    menu.open = true;
    const all = items(menu);
    const next = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    all[(next + all.length) % all.length]?.focus();
    event.preventDefault();
  }
});
document.addEventListener(
  "toggle",
  (event) => {
    const body = event.target.matches?.("details[data-menu][open]") && event.target.querySelector(".menu__body");
    if (body) keepInside(body);
  },
  true, // it does not bubble
);
document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details[data-menu]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.removeAttribute("open");
});
