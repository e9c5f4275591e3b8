/* What the picker of a list's filter offers before the attributes: quickFilters(builder) -> [{label, count, mark,
 * chosen, act()}], from template#quick-filters. A button's condition is a toggle, chosen while the rule demands it, and
 * takes the place of another that asks the same field; a link narrows to those who have values of a source. */

import * as tree from "./tree.js";

const same = (node, other) =>
  node.field === other.field &&
  node.operator === other.operator &&
  !node.require_value &&
  JSON.stringify(node.value ?? null) === JSON.stringify(other.value ?? null);
/* The conditions that all have to hold. */
const demanded = ({ tree: rule }) =>
  rule.not || (rule.combinator === "or" && rule.rules.length > 1) ? [] : rule.rules;

function press(builder, condition, conditions) {
  const all = demanded(builder);
  const there = all.find((node) => same(node, condition));
  if (there) {
    all.splice(all.indexOf(there), 1);
    return builder.changed({ focus: builder.tree.id });
  }
  const rival = all.find((node) => conditions.some((other) => other.field === condition.field && same(node, other)));
  if (!rival) return builder.add(condition);
  const made = { ...structuredClone(condition), id: tree.fresh() };
  all.splice(all.indexOf(rival), 1, made);
  return builder.changed({ focus: made.id });
}

export function quickFilters(builder) {
  const { content } = document.getElementById("quick-filters");
  const buttons = [...content.querySelectorAll("[data-condition]")];
  const conditions = buttons.map((button) => JSON.parse(button.dataset.condition));
  const links = [...content.querySelectorAll("[data-source]")];
  return [
    ...buttons.map((button, at) => ({
      label: button.textContent.trim(),
      count: button.dataset.count,
      chosen: demanded(builder).some((node) => same(node, conditions[at])),
      act: () => press(builder, conditions[at], conditions),
    })),
    ...links.map((link) => ({
      label: `Has values from ${link.textContent.trim()}`,
      mark: link.innerHTML,
      chosen: link.hasAttribute("aria-current"),
      act: () => follow(link),
    })),
    { label: "Group of conditions", count: "any or all of several", act: () => builder.act("addGroup", builder.tree) },
  ];
}
/* To the list as it is now, with the source or, if it has that, without. */
function follow(link) {
  const address = new URL(location.href);
  address.searchParams.delete("cursor");
  address.searchParams.delete("source");
  if (!link.hasAttribute("aria-current")) address.searchParams.set("source", link.dataset.source);
  location.assign(address);
}
