/* [data-add-condition="{condition}"] beside a builder: a finished condition is a toggle, pressed while the rule demands
 * it, and takes the place of another that asks the same field; an unfinished one opens the editor. show(builder) says
 * which are pressed, press(builder, condition) presses one. */

import * as tree from "./tree.js";
import * as ruleWords from "./words.js";

const same = (node, other) =>
  node.field === other.field &&
  node.operator === other.operator &&
  !node.require_value &&
  JSON.stringify(node.value ?? null) === JSON.stringify(other.value ?? null);
const buttons = () =>
  [...document.querySelectorAll("[data-add-condition]")].map((button) => ({
    button,
    condition: JSON.parse(button.dataset.addCondition),
  }));
const finished = (builder, condition) => ruleWords.finished(builder.schema, condition);
/* The conditions that all have to hold. */
const demanded = ({ tree: rule }) =>
  rule.not || (rule.combinator === "or" && rule.rules.length > 1) ? [] : rule.rules;

export function show(builder) {
  if (builder.root.dataset.mode !== "filter") return;
  for (const { button, condition } of buttons()) {
    if (finished(builder, condition))
      button.setAttribute(
        "aria-pressed",
        demanded(builder).some((node) => same(node, condition)),
      );
  }
}
export function press(builder, condition) {
  const all = demanded(builder);
  const there = all.find((node) => same(node, condition));
  if (there) {
    all.splice(all.indexOf(there), 1);
    return builder.changed();
  }
  const rivals = buttons()
    .map((item) => item.condition)
    .filter((other) => other.field === condition.field && finished(builder, other));
  const rival = finished(builder, condition) && all.find((node) => rivals.some((other) => same(node, other)));
  if (!rival) return builder.add(condition);
  all.splice(all.indexOf(rival), 1, { ...structuredClone(condition), id: tree.fresh() });
  return builder.changed();
}
