/* form[data-theme-form]: changes the theme at once and saves it without leaving the page. */

import { complain, send } from "./shared/requests.js";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form) return;
  event.preventDefault();
  const theme = event.submitter.value;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    await send(form.action, { body: { theme } });
  } catch (error) {
    complain(error.message);
  }
});
