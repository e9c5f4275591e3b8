/* Moving conditions and groups by their handle: dragRules(root, drop). drop(id, targetId, after) with after true,
 * false, or "in" for the end of a group; rest() afterwards in any case. Pointer events, so that touch works too;
 * Escape gives up. */
export function dragRules(root, drop, rest) {
  const EDGE = 8; // px at the top and bottom of a group that mean before and after it
  let moving = null;
  let target = null;

  function clear() {
    root.querySelectorAll("[data-drop]").forEach((item) => item.removeAttribute("data-drop"));
  }
  function over(event) {
    clear();
    const found = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-node]");
    if (!found || !root.contains(found) || moving.contains(found)) {
      target = null;
      return;
    }
    const place = found.getBoundingClientRect();
    const edge = event.clientY < place.top + EDGE ? "before" : event.clientY > place.bottom - EDGE ? "after" : "";
    if (found.dataset.group && (!edge || found.matches(".builder__top"))) {
      target = [found.dataset.node, "in"];
      found.dataset.drop = "in";
      return;
    }
    // Conditions that stand side by side are told apart from left to right, all else from top to bottom.
    const aside = !found.dataset.group && Math.abs(moving.getBoundingClientRect().top - place.top) < place.height / 2;
    const after = found.dataset.group
      ? edge === "after"
      : aside
        ? event.clientX > place.left + place.width / 2
        : event.clientY > place.top + place.height / 2;
    target = [found.dataset.node, after];
    found.dataset.drop = `${after ? "after" : "before"}${aside ? "-aside" : ""}`;
  }
  root.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button !== 0) return;
    const element = handle.closest("[data-node]");
    const start = [event.clientX, event.clientY];
    const move = (next) => {
      if (!moving && Math.hypot(next.clientX - start[0], next.clientY - start[1]) < 5) return;
      moving = element;
      element.dataset.moving = "";
      next.preventDefault();
      over(next);
    };
    const stop = (key) => {
      if (key.key === "Escape" && moving) {
        key.preventDefault();
        target = null;
        end();
      }
    };
    const end = () => {
      document.removeEventListener("keydown", stop, true);
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
      document.removeEventListener("pointercancel", end);
      clear();
      delete element.dataset.moving;
      const found = moving && target;
      moving = null;
      target = null;
      if (found) drop(handle.dataset.handle, ...found);
      rest();
    };
    document.addEventListener("pointermove", move, { passive: false });
    document.addEventListener("pointerup", end);
    document.addEventListener("keydown", stop, true);
    document.addEventListener("pointercancel", end);
  });
}
