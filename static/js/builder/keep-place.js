/* Draws anew without losing the place: keepPlace(root, fresh) swaps the content of root for the element `fresh`,
 * unless both look the same, and then gives focus and the open menu back to what replaced them. Elements are known by
 * the [data-node] they belong to, their first class, and their position among its like. Returns whether focus was in
 * root. */
export function keepPlace(root, fresh) {
  const ownerOf = (element) => element.closest("[data-node]");
  const likes = (owner, first) => [...owner.getElementsByClassName(first)].filter((item) => ownerOf(item) === owner);
  function key(element) {
    const owner = element && ownerOf(element);
    const first = element?.classList[0];
    return owner && first ? [owner.dataset.node, first, likes(owner, first).indexOf(element)] : null;
  }
  function byKey(found) {
    if (!found) return null;
    const [id, first, at] = found;
    const owner = root.querySelector(`[data-node="${id}"]`);
    return owner && likes(owner, first)[at];
  }

  const held = root.contains(document.activeElement);
  const old = root.firstElementChild;
  if (old && old.isEqualNode(withoutOpen(fresh, old))) return held;
  const focused = held ? key(document.activeElement) : null;
  const menu = key(root.querySelector("details[open] > summary"));
  root.replaceChildren(fresh);
  const summary = byKey(menu);
  if (summary) summary.parentElement.open = true;
  if (held)
    (
      byKey(focused) ||
      root.querySelector(`[data-chip="${focused?.[0]}"]`) ||
      [...root.querySelectorAll("[data-add]")].at(-1)
    )?.focus();
  return held;

  /* An open menu is no difference. */
  function withoutOpen(made, was) {
    const open = was.querySelector("details[open]");
    const place = open && key(open.querySelector("summary"));
    if (!place) return made;
    const copy = made.cloneNode(true);
    const owner = copy.matches(`[data-node="${place[0]}"]`) ? copy : copy.querySelector(`[data-node="${place[0]}"]`);
    const same = owner && likes(owner, place[1])[place[2]];
    if (same) same.parentElement.open = true;
    return copy;
  }
}
