/* select[data-submit] and input[data-submit]: submit their form on change. form[data-no-empty]: leaves empty
 * parameters out of the address. */
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submit]")) event.target.form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-no-empty]")) return;
  for (const field of event.target.elements) if (field.name && field.value === "" && !field.disabled) {
    field.disabled = true;
    window.setTimeout(() => { field.disabled = false; }, 0);
  }
});
