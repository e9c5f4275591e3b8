/* [data-copy]: copies its text, and says so for two seconds. */

import { announce } from "./shared/announce.js";
import { toast } from "./toast.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    const area = document.createElement("textarea"); // plain HTTP off loopback has no clipboard API
    area.value = button.dataset.copy;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.dataset.copied = "";
  announce("Copied");
  if (button.classList.contains("menu__item")) toast("Copied.");
  window.setTimeout(() => delete button.dataset.copied, 2000);
});
