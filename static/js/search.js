/* select[data-submit] and input[data-submit]: submit their form on change. form[data-no-empty]: leaves empty
 * parameters out of the address; so does what [data-search] asks for. a[data-with="name=value"] leads to the address
 * as it is now with that parameter, input[data-this-address] sends it: searching and filtering change it without a
 * new page. */

import { visit } from "./shared/results.js";

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submit]")) event.target.form.requestSubmit();
});
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (!event.target.matches?.("[data-search]")) return;
  for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
});
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement.matches("[data-search]")) visit(ctx.response.raw.url);
});
document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("a[data-with]");
    if (!link) return;
    const address = new URL(location.href);
    address.searchParams.delete("cursor");
    for (const [name, value] of new URLSearchParams(link.dataset.with)) address.searchParams.set(name, value);
    link.href = address.pathname + address.search;
  },
  true,
);
document.addEventListener("submit", (event) => {
  for (const field of event.target.querySelectorAll("[data-this-address]")) field.value = location.search.slice(1);
  if (!event.target.matches("[data-no-empty]")) return;
  for (const field of event.target.elements)
    if (field.name && field.value === "" && !field.disabled) {
      field.disabled = true;
      window.setTimeout(() => {
        field.disabled = false;
      }, 0);
    }
});
