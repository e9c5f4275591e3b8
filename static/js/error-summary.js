/* A form that was refused. [data-focus], its summary on top, takes the focus once it is there, by focusRefusal(root)
 * where no swap of htmx brought it. A link of the summary
 * leads into its field: to the control that is wrong where the field is a group of them, else to the first. */

const CONTROLS = "input:not([type=hidden]), select, textarea, button, summary";
const IS_ONE = "input, select, textarea, button, a, [tabindex]";

export function focusRefusal(root = document) {
  const found = root.querySelector("[data-focus]");
  if (!found) return;
  found.removeAttribute("data-focus");
  found.focus();
}
focusRefusal();
document.addEventListener("htmx:after:swap", () => focusRefusal());
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field || field.matches(IS_ONE)) return;
  const controls = [...field.querySelectorAll(CONTROLS)].filter((one) => one.checkVisibility() && !one.disabled);
  const control = controls.find((one) => one.ariaInvalid === "true") ?? controls[0];
  if (!control) return;
  event.preventDefault(); // the browser would scroll there and leave the focus nowhere
  field.scrollIntoView({ block: "nearest" });
  control.focus();
});
