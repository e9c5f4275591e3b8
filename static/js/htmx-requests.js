/* Requests of [hx-get], [hx-post] and their like: the CSRF token, which answers are shown, and what is said when one fails.
 * Listens to htmx:configRequest, htmx:beforeSwap, htmx:responseError, htmx:sendError and htmx:timeout. */

import { banner } from "./shared/banner.js";
import { csrf, reason } from "./shared/requests.js";
import { isOver, sessionOver } from "./shared/session.js";

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
  if (isOver(detail.xhr))
    return sessionOver(() => window.htmx.ajax(verb, path, { source: elt, target, event: triggeringEvent }));
  return banner(reason(detail.xhr.status, detail.xhr.responseText));
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
