/* Requests of [hx-get], [hx-post] and their like: the CSRF token, which answers are shown, and what is said when one fails.
 * Listens to htmx:configRequest, htmx:beforeSwap, htmx:responseError, htmx:sendError and htmx:timeout. */

import { banner } from "./shared/banner.js";
import { csrf } from "./shared/requests.js";
import { sessionOver } from "./shared/session.js";

function refused(status, text, again) {
  if (status === 401) return sessionOver(again);
  const words = text && text.length < 400 && !text.includes("<") ? text : "";
  banner(words || (status === 403 ? "Your role does not allow this." : "This did not work. Nothing was changed."));
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrf();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  // Forms answer 422 with themselves and their errors; a conflict answers 409 with both values.
  if ([409, 422].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  const { verb, path, target, elt, triggeringEvent } = detail.requestConfig;
  refused(detail.xhr.status, detail.xhr.responseText, () =>
    window.htmx.ajax(verb, path, { source: elt, target, event: triggeringEvent }),
  );
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    const source = event.detail.elt;
    if (event.detail.requestConfig?.verb === "get") return banner("No connection.", () => location.reload());
    const what = source?.closest?.("tr[data-of], tr[data-attribute]")?.dataset.label;
    banner(`No connection. Your change${what ? ` to ${what}` : ""} was not saved. `, () =>
      source?.requestSubmit ? source.requestSubmit() : source?.click(),
    );
  });
}
