/* [data-show-all] unfolds the long value before it; [data-show-rest] the rest of a list after it. */
document.addEventListener("click", (event) => {
  const all = event.target.closest("[data-show-all]");
  if (all) {
    const value = all.previousElementSibling;
    const open = value.toggleAttribute("data-all");
    all.textContent = open ? "Show less" : "Show all";
  }
  const rest = event.target.closest("[data-show-rest]");
  if (rest) {
    const list = rest.nextElementSibling;
    list.hidden = !list.hidden;
    rest.setAttribute("aria-expanded", String(!list.hidden));
  }
});
