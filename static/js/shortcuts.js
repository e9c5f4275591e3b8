/* Single keys, unless typing or switched off in My account (body[data-no-shortcuts]):
 * / focuses [data-search], ? opens the list of keys, j and k move among [data-row], Enter opens, t opens tags. */
const typing = (element) => element.closest?.("input, textarea, select, [contenteditable], dialog[open]");
const rows = () => [...document.querySelectorAll("[data-row]")];
function move(step) {
  const all = rows();
  const at = all.findIndex((row) => row.hasAttribute("data-current"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  if (!next) return;
  all[at]?.removeAttribute("data-current");
  next.setAttribute("data-current", "");
  next.scrollIntoView({ block: "nearest" });
  const link = next.querySelector("a[data-open]");
  if (document.querySelector("#panel:not(:empty)")) link?.click();
  else link?.focus();
}
const keys = {
  "/": () => document.querySelector("[data-search]")?.focus(),
  "?": () => document.getElementById("keys-dialog")?.showModal(),
  j: () => move(1),
  k: () => move(-1),
  t: () => document.querySelector("[data-tag-open]")?.click(),
};
document.addEventListener("keydown", (event) => {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    typing(event.target) ||
    document.body.hasAttribute("data-no-shortcuts")
  )
    return;
  if (event.key === "Enter" && event.target === document.body)
    document.querySelector("[data-row][data-current] a[data-open]")?.click();
  const act = keys[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});
