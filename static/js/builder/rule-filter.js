/* The builder as the filter of the Users page: a new rule reloads the results and goes into the address, so that a
 * filtered list can be shared and Back undoes the last filter. [data-save-rule] leads to a new segment with it. */

import { showResults, visit } from "../shared/results.js";
import { unfinishedIn } from "./builder.js";

document.addEventListener(
  "click",
  (event) => {
    const save = event.target.closest("[data-save-rule]");
    if (!save) return;
    if (unfinishedIn(document)) return event.preventDefault();
    const target = new URL(save.href);
    const now = new URL(location.href).searchParams;
    for (const name of ["source", "q"]) target.searchParams.set(name, now.get(name) || "");
    save.href = target;
    return undefined;
  },
  true,
);
document.addEventListener("rule:change", (event) => {
  if (event.target.dataset.mode !== "filter") return;
  const form = document.getElementById("filters");
  const address = new URL(form.getAttribute("action") || location.pathname, location.href);
  for (const [name, value] of new FormData(form)) if (value) address.searchParams.set(name, value);
  showResults(address.pathname + address.search);
  visit(address);
  const save = document.querySelector("[data-save-rule]");
  if (save) {
    save.hidden = !event.detail.rule && !new URL(location.href).searchParams.get("source");
    const target = new URL(save.href);
    target.searchParams.set("rule", event.detail.rule ? JSON.stringify(event.detail.rule) : "");
    save.href = target;
  }
});
