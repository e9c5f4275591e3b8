/* button[data-toggle][aria-controls]: shows and hides what it controls, and says which in aria-expanded. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-toggle]");
  if (!button) return;
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
});
