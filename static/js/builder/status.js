/* The line below a rule: how many match and who, what went wrong, Undo and JSON, and the rule as a sentence; of a
 * list's filter what went wrong alone, for the list says the rest. The count leads to those whom it counts.
 * builderStatus(builder) -> {element, draw()}. builder = {isFilter, shown, json, tree, history, preview, undo(),
 * toggleJson()}. */

import { make } from "../shared/dom.js";
import * as tree from "./tree.js";
import * as ruleWords from "./words.js";

export function builderStatus(builder) {
  const button = (text, label, act) =>
    make("button", {
      type: "button",
      class: "button button--small button--quiet",
      text,
      "aria-label": label,
      on: { click: act },
    });
  // These stay in place while the numbers change, so that focus does.
  const undo = button("Undo", "Undo the last change", () => builder.undo(-1));
  const json = button("JSON", null, () => builder.toggleJson());
  const tools = make("span", { class: "builder__tools" }, undo, json);
  const numbers = make("div", { class: "builder__numbers" }, tools);
  const sentence = make("p", { class: "builder__sentence muted", hidden: true });
  const holder = make("div");

  function figures() {
    const { answer, busy, slow } = builder.shown;
    const parts = [];
    if (answer) {
      const text = `${ruleWords.number(answer.count)} user${answer.count === 1 ? "" : "s"}`;
      // in a tab of its own: the rule is not saved yet
      const leads = answer.list && !busy && { href: answer.list, target: "_blank", rel: "noopener" };
      parts.push(
        make(
          "strong",
          { class: `builder__count${busy ? " builder__count--old" : ""}` },
          leads ? make("a", { ...leads, text }) : text,
        ),
      );
    }
    if (slow) parts.push(make("span", { class: "muted", text: "Still counting" }));
    else if (busy && !answer) parts.push(make("span", { class: "muted", text: "Counting" }));
    return parts;
  }
  function problems() {
    const { failed, rest } = builder.shown;
    const retry = make("button", {
      type: "button",
      class: "link-button",
      text: "Retry",
      on: { click: () => builder.preview.retry() },
    });
    return [
      failed && make("span", { class: "builder__problem", role: "alert" }, failed, " ", retry),
      rest?.length && make("span", { class: "builder__problem", text: rest.join(" ") }),
    ].filter(Boolean);
  }
  function sample() {
    const found = builder.shown.answer?.sample || [];
    const names = found.flatMap((user, at) => [
      at ? ", " : "",
      make("a", { href: user.url, text: user.name, target: "_blank", rel: "noopener" }),
    ]);
    return names.length ? [make("span", { class: "builder__sample" }, "such as ", names)] : [];
  }
  function draw() {
    while (numbers.firstChild !== tools) numbers.firstChild.remove();
    tools.before(...(builder.isFilter ? problems() : [...figures(), ...problems(), ...sample()]));
    tools.hidden = builder.isFilter; // Back undoes a filter, and its rule is in the address
    undo.hidden = !builder.tree.rules.length && !builder.history?.at;
    // not disabled: focus stays on it after the last step
    undo.setAttribute("aria-disabled", String(!builder.history?.at));
    json.setAttribute("aria-expanded", String(Boolean(builder.json)));
    const said = (!builder.isFilter && builder.shown.answer?.sentence) || "";
    sentence.textContent = said;
    sentence.hidden = !said || tree.count(builder.tree) < 2;
    if (builder.json?.element !== holder.firstElementChild)
      holder.replaceChildren(...(builder.json ? [builder.json.element] : []));
  }
  return { element: make("div", { class: "builder__status" }, numbers, sentence, holder), draw };
}
