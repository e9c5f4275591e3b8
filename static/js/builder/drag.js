/* Moving conditions and groups by their handle: window.dragRules(root, drop). drop(id, targetId, after) with after true,
 * false, or "in" for the end of a group. Pointer events, so that touch works too. */
window.dragRules = (root, drop) => {
  let moving = null;
  let target = null;

  function clear() {
    root.querySelectorAll("[data-drop]").forEach((item) => item.removeAttribute("data-drop"));
  }
  function over(event) {
    clear();
    const found = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-node]");
    if (!found || !root.contains(found) || found.contains(moving)) { target = null; return; }
    if (found.dataset.group) {
      target = [found.dataset.node, "in"];
      found.dataset.drop = "in";
      return;
    }
    const box = found.getBoundingClientRect();
    const after = event.clientY > box.top + box.height / 2;
    target = [found.dataset.node, after];
    found.dataset.drop = after ? "after" : "before";
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
    const end = () => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
      document.removeEventListener("pointercancel", end);
      clear();
      delete element.dataset.moving;
      const found = moving && target;
      moving = null;
      target = null;
      if (found) drop(handle.dataset.handle, ...found);
    };
    document.addEventListener("pointermove", move, { passive: false });
    document.addEventListener("pointerup", end);
    document.addEventListener("pointercancel", end);
  });
};
