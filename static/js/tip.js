/* [data-tip]: its text in a tooltip on hover, focus and tap. Escape closes it. */
let tip = null;
function hide() {
  tip?.remove();
  tip = null;
}
function show(element) {
  hide();
  tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "tooltip");
  tip.textContent = element.dataset.tip;
  (element.closest("dialog[open]") || document.body).append(tip); // a dialog lies above the page
  const box = element.getBoundingClientRect();
  const left = Math.min(Math.max(4, box.left), window.innerWidth - tip.offsetWidth - 4);
  const above = box.top - tip.offsetHeight - 6;
  tip.style.setProperty("left", `${left}px`);
  tip.style.setProperty("top", `${above > 0 ? above : box.bottom + 6}px`);
}
for (const name of ["mouseover", "focusin", "click"]) {
  document.addEventListener(name, (event) => {
    const element = event.target.closest?.("[data-tip]");
    if (element) show(element);
    else if (name !== "focusin") hide();
  });
}
document.addEventListener("focusout", hide);
document.addEventListener("scroll", hide, true);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});
