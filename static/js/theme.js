/* form[data-theme-form]: changes the theme at once and saves it without leaving the page. The theme is that of the
 * button that was pressed, or of the radio that was chosen. */

import { complain, send } from "./shared/requests.js";

document.addEventListener("change", (event) => {
  if (event.target.name === "theme") event.target.closest("[data-theme-form]")?.requestSubmit();
});
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form) return;
  event.preventDefault();
  const theme = event.submitter?.value || new FormData(form).get("theme");
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const radio of document.querySelectorAll('[data-theme-form] input[name="theme"]'))
    radio.checked = radio.value === theme;
  try {
    await send(form.action, { body: { theme } });
  } catch (error) {
    complain(error.message);
  }
});
