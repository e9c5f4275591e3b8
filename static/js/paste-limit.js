/* [maxlength]: a browser cuts what is pasted into such a field without a word; here the cut is said, below the field.
 * */

import { make } from "./shared/dom.js";
import { thousands } from "./shared/number.js";

document.addEventListener("paste", (event) => {
  const field = event.target;
  if (!(field.maxLength > 0)) return;
  if (event.defaultPrevented) return; // somebody has taken it in another way
  const text = event.clipboardData?.getData("text") || "";
  const room = field.maxLength - field.value.length + (field.selectionEnd - field.selectionStart);
  const id = `${field.id || field.name || "field"}-cut`;
  document.getElementById(id)?.remove();
  if (text.length <= room) return;
  const pasted = `${thousands(text.length)} characters were pasted`;
  const words = `${pasted}, and ${thousands(room)} fit: ${field.maxLength} is the most.`;
  field.after(make("span", { class: "field__error", id, role: "alert", text: words }));
  field.addEventListener("input", (typed) => {
    if (typed.inputType !== "insertFromPaste") document.getElementById(id)?.remove();
  });
});
