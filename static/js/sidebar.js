/* [data-open-sidebar] slides the sidebar in on narrow screens; Escape or a click beside it closes it. */
const bar = () => document.getElementById("sidebar");
const button = () => document.querySelector("[data-open-sidebar]");
function set(open) {
  bar()?.toggleAttribute("data-open", open);
  button()?.setAttribute("aria-expanded", String(open));
  if (open) bar().querySelector("a, summary")?.focus();
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-open-sidebar]")) return set(!bar().hasAttribute("data-open"));
  if (bar()?.hasAttribute("data-open") && !bar().contains(event.target)) set(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && bar()?.hasAttribute("data-open")) {
    set(false);
    button().focus();
  }
});
