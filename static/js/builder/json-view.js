/* The rule as JSON, checked as one types: ruleJson({rule, text, typed, check, apply}) -> {element, show(rule),
 * focus()}. check(rule, signal) -> Promise of [{path, message}]; apply(rule) is called with what is right and throws
 * what is not. typed(text) is told of everything at once, so that saving sends what stands there and is refused with
 * the reason rather than save an older rule; `text` is such a text that came back. Nothing is applied before the server
 * has found no mistake, so that a slip never changes the rule. */

import { make } from "../shared/dom.js";
import { NoAnswer } from "../shared/requests.js";
import * as tree from "./tree.js";

export function ruleJson({ rule, text, typed, check, apply }) {
  const written = (value) => JSON.stringify(value || { combinator: "and", rules: [] }, null, 2);
  const area = make("textarea", {
    class: "builder__json",
    rows: "10",
    spellcheck: "false",
    "aria-label": "The rule as JSON",
    "aria-describedby": "rule-json-note",
    value: text ?? written(rule),
  });
  const note = make("div", { class: "builder__problem", id: "rule-json-note", role: "status" });
  let timer = null;
  let controller = null;

  /* Where it stops being JSON, as far as the browser tells, and what to look for. */
  function unreadable(error) {
    const place = /line (\d+) column (\d+)/.exec(error.message);
    const hint = "Look for a missing comma, quote or bracket";
    if (place) return `Line ${place[1]}, column ${place[2]}: this is not JSON. ${hint} there.`;
    if (/end of/i.test(error.message)) return "The JSON is not complete. Close what is still open: a quote, ] or }.";
    const token = /Unexpected token '?(.)/.exec(error.message)?.[1];
    return `This is not JSON${token ? `, from a ${token} on` : ""}. ${hint}.`;
  }
  function say(lines) {
    note.replaceChildren(...lines.map((text) => make("p", { text })));
    area.setAttribute("aria-invalid", String(lines.length > 0));
  }
  async function judge(given) {
    controller = new AbortController();
    const { signal } = controller;
    try {
      const errors = given.rules.length ? await check(given, signal) : [];
      if (signal.aborted) return;
      say(errors.map(({ path, message }) => `${path}: ${message}`));
      if (!errors.length) apply(given);
    } catch (error) {
      if (!signal.aborted)
        say([error instanceof NoAnswer ? "No connection: this could not be checked." : error.message]);
    }
  }
  area.addEventListener("input", () => {
    window.clearTimeout(timer);
    controller?.abort();
    typed(area.value);
    let given = null;
    try {
      given = JSON.parse(area.value);
      tree.read(given);
    } catch (error) {
      return say([error instanceof SyntaxError ? unreadable(error) : error.message]);
    }
    say([]);
    timer = window.setTimeout(() => judge(given), 300);
    return undefined;
  });
  return {
    element: make("div", { class: "stack stack--tight" }, area, note),
    focus() {
      area.focus();
      area.setSelectionRange(0, 0); // the browser puts the caret at the end of a long rule
      area.scrollTop = 0;
    },
    show(next) {
      if (document.activeElement === area) return; // never under the hands of who types
      window.clearTimeout(timer);
      controller?.abort();
      area.value = written(next);
      say([]);
    },
  };
}
