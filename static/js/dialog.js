/* [data-open-dialog="id"] opens a <dialog>, [data-close-dialog] closes the one it is in.
 * input[data-must-equal] enables the form's [data-confirm] button once it holds that text.
 * A form whose answer is shown outside its dialog closes that. Focus returns to the opener. */
let opener = null;
document.addEventListener("click", (event) => {
  const open = event.target.closest("[data-open-dialog]");
  if (open) {
    opener = open;
    open.closest("details[data-menu]")?.removeAttribute("open");
    document.getElementById(open.dataset.openDialog)?.showModal();
  }
  const close = event.target.closest("[data-close-dialog]");
  if (close) close.closest("dialog").close();
  if (event.target.tagName === "DIALOG") event.target.close(); // the backdrop
});
document.addEventListener(
  "close",
  (event) => {
    if (event.target.tagName === "DIALOG" && opener?.isConnected) opener.focus();
  },
  true,
);
document.addEventListener("input", (event) => {
  const wanted = event.target.dataset?.mustEqual;
  if (wanted === undefined) return;
  const button = event.target.form.querySelector("[data-confirm]");
  button.disabled = event.target.value.trim() !== wanted;
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const dialog = ctx.sourceElement.closest?.("form")?.closest("dialog[open]");
  if (dialog && ctx.target instanceof Node && !dialog.contains(ctx.target)) dialog.close();
});
