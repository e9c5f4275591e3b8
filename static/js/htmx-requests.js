/* Requests of [hx-get], [hx-post] and their like: the CSRF token, which answers are shown, and what is said when one
 * fails. Listens to htmx:config:request, htmx:before:request, htmx:before:response and htmx:error. */

import { banner } from "./shared/banner.js";
import { csrf, quietly, reason } from "./shared/requests.js";
import { isOver, sessionOver } from "./shared/session.js";

// Forms answer 422 with themselves and their errors; a conflict answers 409 with both values.
const SHOWN = [409, 422];
const newest = new WeakMap(); // the request that a place waits for

/* The same request once more, with what its fields hold now. */
function again({ sourceElement: source, sourceEvent: event, target, select, swap, request }) {
  window.htmx.ajax(request.method, request.action, { source, target, select, swap, event });
}
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  const { body, headers } = ctx.request;
  headers["X-CSRFToken"] = csrf();
  if (body.has("csrfmiddlewaretoken")) body.set("csrfmiddlewaretoken", csrf()); // the form's own may be older
  ctx.fetch = quietly;
});
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.target) newest.set(ctx.target, ctx);
});
document.addEventListener("htmx:before:response", async (event) => {
  const { ctx } = event.detail;
  const { raw, status } = ctx.response;
  // htmx may lose sight of one that it replaced
  const late = newest.get(ctx.target) !== ctx && /^(inner|outer)/.test(ctx.swap);
  const dropped = late || ctx.request.signal.aborted;
  if (!dropped && (status < 400 || SHOWN.includes(status))) return;
  event.preventDefault(); // htmx would show what went wrong in the place of what is there
  if (dropped) return;
  if (isOver(raw)) sessionOver(() => again(ctx));
  else banner(reason(status, await raw.text().catch(() => "")));
});
document.addEventListener("htmx:error", (event) => {
  const { ctx, error } = event.detail;
  // not the connection, or nobody waits any more
  if (!ctx || ctx.text !== undefined || error.name === "AbortError") return;
  const source = ctx.sourceElement;
  if (ctx.request.method === "GET") {
    banner("No connection.", () => again(ctx));
    return;
  }
  const what = source.closest("tr[data-of], tr[data-attribute]")?.dataset.label;
  banner(`No connection. Your change${what ? ` to ${what}` : ""} was not saved. `, () =>
    source.requestSubmit ? source.requestSubmit() : source.click(),
  );
});
