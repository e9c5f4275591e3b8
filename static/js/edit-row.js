/* button[data-edit-row="id"] shows the form with that id, in the place of the row data-of="id" if it names one, and
 * focuses its first field. [data-cancel-row] in it and Escape hide it again; what was typed goes, and focus returns. */

function show(button) {
  const form = document.getElementById(button.dataset.editRow);
  const row = document.getElementById(button.dataset.of);
  button.closest("details[data-menu]")?.removeAttribute("open");
  form.hidden = false;
  if (row) row.hidden = true;
  button.setAttribute("aria-expanded", "true");
  const field = form.querySelector("input:not([type=hidden])");
  field.focus();
  field.select();
}
function hide(form) {
  const button = document.querySelector(`[data-edit-row="${CSS.escape(form.id)}"]`);
  const row = document.getElementById(button.dataset.of);
  form.querySelector("form").reset();
  form.hidden = true;
  if (row) row.hidden = false;
  button.setAttribute("aria-expanded", "false");
  (button.closest("details[data-menu]")?.querySelector("summary") || button).focus();
}
const formAround = (element) => {
  const inner = element.closest?.("form");
  return inner?.querySelector("[data-cancel-row]") && inner.closest("[id]:not(form)");
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-edit-row]");
  if (button) show(button);
  if (event.target.closest("[data-cancel-row]")) hide(formAround(event.target));
});
document.addEventListener("keydown", (event) => {
  const form = event.key === "Escape" && formAround(event.target);
  if (!form) return;
  event.preventDefault();
  hide(form);
});
