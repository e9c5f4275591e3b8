/* form[data-safe-form]: sent by fetch, so that nothing is lost when the answer does not come. No connection, a session
 * that is over or any failure leaves the form as it is, with a banner and Retry. 204 leads to its Location; other
 * answers hold the form again, which takes the old one's place ("form:swapped"), with focus on its [data-focus]. A
 * rule under way is kept in the address as ?rule=, and leaving with unsaved changes asks first. What saving
 * a rule would do goes once that is changed. Without scripts it is a form like any other. */

import { focusRefusal } from "./error-summary.js";
import { make } from "./shared/dom.js";
import { ask, csrf } from "./shared/requests.js";
import { isOver, sessionOver } from "./shared/session.js";

const LONGEST = 6000; // characters of a rule in the address; servers refuse lines that are much longer
const unsaved = new WeakSet();
const sending = new WeakSet();
const here = () => document.querySelector("form[data-safe-form]");

function stay(form, submitter, text) {
  const banner = make(
    "div",
    { class: "banner banner--amber", role: "alert", "data-unsent": true },
    make("span", { text }),
    make("button", {
      type: "button",
      class: "button button--small",
      text: "Retry",
      on: { click: () => post(form, submitter) },
    }),
  );
  (submitter?.closest(".form__actions") || form.lastElementChild).before(banner);
  banner.querySelector("button").focus();
}

function swap(form, found) {
  const made = document.importNode(found, true);
  form.replaceWith(made);
  unsaved.add(made);
  window.htmx.process(made);
  made.dispatchEvent(new CustomEvent("form:swapped", { bubbles: true }));
  focusRefusal(made);
}

async function post(form, submitter) {
  if (sending.has(form)) return;
  form.querySelector("[data-unsent]")?.remove();
  const data = new FormData(form, submitter);
  data.set("csrfmiddlewaretoken", csrf()); // signing in again in another tab made a new one
  sending.add(form);
  submitter?.setAttribute("aria-busy", "true");
  let response = null;
  let text = "";
  try {
    response = await ask(location.pathname, { method: "POST", body: data });
    text = await response.text();
  } catch {
    return stay(form, submitter, "No connection. This was not saved; what you entered stays here.");
  } finally {
    sending.delete(form);
    submitter?.removeAttribute("aria-busy");
  }
  const next = response.status === 204 ? response.headers.get("Location") : response.redirected ? response.url : "";
  if (next) {
    unsaved.delete(form);
    return location.assign(next);
  }
  const page = response.headers.get("Content-Type")?.includes("html")
    ? new DOMParser().parseFromString(text, "text/html")
    : null;
  const found = page?.querySelector("form[data-safe-form]");
  if (found) return swap(form, found);
  if (isOver(response)) return sessionOver(() => post(form, submitter));
  return stay(
    form,
    submitter,
    response.status < 500 && !page && text.length < 400
      ? text
      : "This did not work and was not saved. What you entered stays here.",
  );
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-safe-form]")) return;
  if (event.defaultPrevented) return; // the rule in it is not finished
  event.preventDefault();
  post(form, event.submitter);
});
for (const name of ["input", "change"]) {
  document.addEventListener(name, (event) => {
    const form = event.target.closest?.("form[data-safe-form]");
    if (form) unsaved.add(form);
  });
}
document.addEventListener("rule:change", (event) => {
  const form = event.target.closest("form[data-safe-form]");
  if (!form) return;
  unsaved.add(form);
  const change = form.querySelector("#change");
  if (change) {
    change.remove();
    form.querySelector("[name=shown]")?.remove();
    form.querySelector("[data-first-step]")?.classList.add("button--primary");
  }
  const text = event.detail.rule ? JSON.stringify(event.detail.rule) : "";
  const address = new URL(location.href);
  if (text && text.length < LONGEST) address.searchParams.set("rule", text);
  else address.searchParams.delete("rule");
  history.replaceState(history.state, "", address);
});
document.addEventListener("click", (event) => {
  if (event.target.closest("a[data-discard]")) unsaved.delete(here());
});
window.addEventListener("beforeunload", (event) => {
  const form = here();
  if (form && unsaved.has(form)) event.preventDefault();
});
