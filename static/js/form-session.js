/* form[method=post]: leaves the page only with a session (body[data-session] says where to ask), so that what was typed
 * is not lost to a sign-in. */

import { banner } from "./shared/banner.js";
import { ask, csrf } from "./shared/requests.js";
import { isOver, sessionOver } from "./shared/session.js";

// On window, so that scripts which handle a form themselves have said so by now.
window.addEventListener("submit", async (event) => {
  const form = event.target;
  const where = document.body.dataset.session;
  if (event.defaultPrevented || form.method !== "post" || !where || form.dataset.sending === "now") return;
  event.preventDefault();
  if (form.dataset.sending) return; // pressed twice
  const submitter = event.submitter;
  const again = () => form.requestSubmit(submitter);
  form.dataset.sending = "asked";
  try {
    if (isOver(await ask(where))) return sessionOver(again);
    const field = form.elements.csrfmiddlewaretoken;
    if (field) field.value = csrf();
    form.dataset.sending = "now";
    again();
  } catch {
    banner("No connection. Nothing was sent.", again);
  } finally {
    delete form.dataset.sending;
  }
});
