/* keepInside(popup): a popup that hangs below what opens it (its parent) stays inside the window, or inside the panel
 * or dialog that scrolls around it: it goes above where there is more room, aside as far as it must, and scrolls where
 * both are short. It does so again whenever its size changes. roomAround(anchor, edges) -> {above, below} in px. */

const EDGE = 8; // px between a popup and the edge
const kept = new WeakSet();

function around(element) {
  const scrolls = element.parentElement.closest(".panel, dialog");
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  const box = scrolls?.getBoundingClientRect() || { top: 0, left: 0, right: width, bottom: height };
  return {
    top: Math.max(box.top, 0) + EDGE,
    bottom: Math.min(box.bottom, height) - EDGE,
    left: Math.max(box.left, 0) + EDGE,
    right: Math.min(box.right, width) - EDGE,
  };
}
export function roomAround(anchor, { top, bottom }) {
  return { above: anchor.top - top, below: bottom - anchor.bottom };
}
function place(popup) {
  const edges = around(popup);
  const room = roomAround(popup.parentElement.getBoundingClientRect(), edges);
  const needed = popup.scrollHeight + EDGE;
  const above = needed > room.below && room.above > room.below;
  popup.toggleAttribute("data-above", above);
  popup.style.setProperty("--room", `${Math.max(above ? room.above : room.below, 120)}px`);
  popup.style.setProperty("--aside", "0px");
  const { left, right } = popup.getBoundingClientRect();
  const aside = left < edges.left ? edges.left - left : Math.min(edges.right - right, 0);
  popup.style.setProperty("--aside", `${Math.round(aside)}px`);
}
const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => target.offsetParent && place(target)));

export function keepInside(popup) {
  place(popup);
  if (kept.has(popup)) return;
  kept.add(popup);
  sizes.observe(popup);
}
