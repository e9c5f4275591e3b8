/* Draws the tree of a rule: drawRule(builder) -> element. Chips for conditions, boxes for groups, one button for
 * the and/or of a group. builder = {schema, tree, effects: Map(id -> {text, nobody}), errors: Map(id -> text), lacking:
 * {id, text}, act(name, node, event), isFilter}. */

import { make } from "../shared/dom.js";
import * as tree from "./tree.js";
import * as ruleWords from "./words.js";

function menu(builder, node, place) {
  const entry = (name, text, allowed = true) =>
    allowed &&
    make("button", { type: "button", class: "menu__item", text, on: { click: () => builder.act(name, node) } });
  const group = tree.isGroup(node);
  return make(
    "details",
    { class: "menu", "data-menu": true },
    make("summary", { class: "icon-button", "aria-label": `More for ${place.name}`, text: "⋯" }),
    make(
      "div",
      { class: "menu__body" },
      group && entry("not", node.not ? "Do not negate" : "Negate the group"),
      entry("up", "Move up", place.index > 0 || place.depth > 1),
      entry("down", "Move down", place.index < place.count - 1 || place.depth > 1),
      !group && entry("wrap", "Put into a group"),
      group && entry("unwrap", "Dissolve the group"),
      entry("duplicate", "Duplicate"),
      entry("remove", "Remove"),
    ),
  );
}
const handle = (builder, node, name) =>
  make("button", {
    type: "button",
    class: "builder__handle",
    "aria-label": `Move ${name}. Alt and the arrow keys move it`,
    "data-handle": node.id,
    text: "⠿",
  });

function effect(builder, node) {
  const found = builder.effects.get(node.id);
  return (
    found &&
    make("span", {
      class: `builder__effect caption${found.nobody ? " builder__effect--nobody" : ""}`,
      text: found.text,
    })
  );
}

function words(builder, node) {
  const { schema } = builder;
  const field = schema.fields.get(node.field);
  const operator = ruleWords.operatorOf(schema, node);
  const finished = ruleWords.finished(schema, node);
  const group = field && schema.groups.get(field.source);
  const label = field ? field.label : node.field || "Choose an attribute";
  if (node.field && node.operator && !operator) {
    const given = node.value === undefined ? "" : JSON.stringify(node.value);
    return {
      text: `${label} ${node.operator} ${given}`.trim(),
      finished,
      problem: field ? "No such operator here" : "No such attribute",
      parts: [
        make("span", { class: "builder__field", text: label }),
        make("span", { class: "builder__words", text: `${node.operator} ${given}` }),
      ],
    };
  }
  const value = finished ? ruleWords.value(schema, operator, node.value) : "";
  const tail = finished && operator.absent && !node.require_value && !field.neverAbsent ? ", or has no value" : "";
  const same = node.case_sensitive ? " (same case)" : "";
  const isSegment = field?.type === "segment";
  return {
    text: `${isSegment ? "" : `${label} `}${operator?.words || ""} ${value}${same}${tail}`.trim(),
    problem: node.field && !field ? "No such attribute" : "",
    finished,
    parts: [
      group && !isSegment && make("span", { class: "builder__mark", html: group.mark }),
      !isSegment && make("span", { class: "builder__field", text: label }),
      operator && make("span", { class: "builder__words", text: operator.words }),
      finished
        ? value && make("strong", { class: "builder__value", text: value })
        : make("span", {
            class: "builder__missing",
            text: !node.field ? "" : operator ? "Choose a value" : "Choose how",
          }),
      (tail || same) && make("span", { class: "muted", text: `${same}${tail}`.replace(/^, /, "") }),
    ],
  };
}

function chip(builder, node, place) {
  const { text, parts, problem, finished } = words(builder, node);
  const name = text || "condition";
  const errors = builder.errors.get(node.id) || (builder.lacking?.id === node.id && builder.lacking.text);
  return make(
    "div",
    {
      class: `builder__condition${finished && !problem && !errors ? "" : " builder__condition--open"}`,
      "data-node": node.id,
    },
    handle(builder, node, name),
    make(
      "button",
      {
        type: "button",
        class: "builder__chip",
        "data-chip": node.id,
        "aria-haspopup": "dialog",
        on: { click: (event) => builder.act("edit", node, event) },
      },
      parts,
      problem && !errors && make("span", { class: "builder__missing", text: problem }),
    ),
    menu(builder, node, { ...place, name }),
    make("button", {
      type: "button",
      class: "icon-button builder__remove",
      "aria-label": `Remove ${name}`,
      text: "×",
      on: { click: () => builder.act("remove", node) },
    }),
    errors
      ? make("span", { class: "builder__effect builder__effect--nobody caption", text: errors })
      : effect(builder, node),
  );
}

function adder(builder, group, top) {
  const add = (kind) => () => builder.act(kind, group);
  if (top && builder.isFilter)
    return make("button", {
      type: "button",
      class: "button builder__add",
      text: "+ Filter",
      "data-add": group.id,
      "aria-haspopup": "dialog",
      on: { click: add("add") },
    });
  return make(
    "details",
    { class: "menu menu--start builder__add", "data-menu": true },
    make("summary", {
      class: "button button--small",
      text: top && !group.rules.length ? "+ Add condition" : "+ Add",
      "data-add": group.id,
    }),
    make(
      "div",
      { class: "menu__body" },
      make("button", { type: "button", class: "menu__item", text: "Condition", on: { click: add("add") } }),
      make("button", {
        type: "button",
        class: "menu__item",
        text: "Group of conditions",
        on: { click: add("addGroup") },
      }),
    ),
  );
}

function joint(builder, group, first) {
  const text = group.combinator;
  return first
    ? make("button", {
        type: "button",
        class: "builder__joint",
        text,
        "aria-label": `${text}: between all in this group. Change to ${text === "and" ? "or" : "and"}`,
        on: { click: () => builder.act("combinator", group) },
      })
    : make("span", { class: "builder__joint builder__joint--rest", text });
}

function group(builder, node, place) {
  const top = place.depth === 0;
  const inner = node.rules.flatMap((child, index) => {
    const inside = { index, count: node.rules.length, depth: place.depth + 1, name: "" };
    const drawn = tree.isGroup(child)
      ? group(builder, child, { ...inside, name: "this group" })
      : chip(builder, child, inside);
    return index ? [joint(builder, node, index === 1), drawn] : [drawn];
  });
  const say = node.combinator === "and" ? "All of these" : "Any of these";
  return make(
    "div",
    {
      class: top ? "builder__top" : "builder__group",
      role: "group",
      "aria-label": node.not ? `None: not ${say.toLowerCase()}` : say,
      "data-node": node.id,
      "data-group": node.id,
    },
    (!top || node.not) &&
      make(
        "div",
        { class: "builder__grouphead" },
        !top && handle(builder, node, "this group"),
        make("button", {
          type: "button",
          class: "builder__not",
          "aria-pressed": String(Boolean(node.not)),
          text: "not",
          on: { click: () => builder.act("not", node) },
        }),
        make("span", { class: "caption muted", text: node.not ? `Not ${say.toLowerCase()}` : say }),
        effect(builder, node),
        !top && menu(builder, node, place),
      ),
    inner,
    adder(builder, node, top),
  );
}

export const drawRule = (builder) => group(builder, builder.tree, { index: 0, count: 1, depth: 0, name: "" });
