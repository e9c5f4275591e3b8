/* Toasts: toast(text, {undo}) and the htmx trigger "toast" {text, undo: url}. Undo stays for 10 s.
 * Closes [data-close-toast]; messages of the server are toasts from the start. */

import { complain, send } from "./shared/requests.js";

const LIFE = 10000;
function keep(element) {
  let timer = window.setTimeout(() => element.remove(), LIFE);
  for (const stop of ["mouseenter", "focusin"]) element.addEventListener(stop, () => window.clearTimeout(timer));
  for (const go of ["mouseleave", "focusout"])
    element.addEventListener(go, () => {
      timer = window.setTimeout(() => element.remove(), LIFE / 2);
    });
}
export function toast(text, { undo } = {}) {
  const element = document.createElement("div");
  element.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  element.append(words);
  if (undo) {
    const button = document.createElement("button");
    button.className = "button button--small";
    button.textContent = "Undo";
    button.addEventListener("click", () => {
      element.remove();
      undo();
    });
    element.append(button);
  }
  document.querySelector("[data-toasts]").append(element);
  keep(element);
}
document.addEventListener("toast", (event) => {
  const { text, undo } = event.detail;
  toast(
    text,
    undo
      ? {
          undo: async () => {
            try {
              await send(undo);
              toast("Undone.");
              document.dispatchEvent(new Event("refresh"));
            } catch (error) {
              complain(error.message);
            }
          },
        }
      : {},
  );
});
document.addEventListener("click", (event) => {
  event.target.closest("[data-close-toast]")?.closest(".toast").remove();
});
document.querySelectorAll(".toast").forEach(keep);
