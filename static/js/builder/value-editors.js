/* Editors for the value of a condition, one for each kind of operand: valueEditors[operand](context) -> element.
 * context = {schema, field, operator, value, set(value, done), values(query) -> Promise([{value, count}])}.
 * set(value, true) says that the value is complete and focus may move on. */

import { make } from "../shared/dom.js";
import * as pasted from "../shared/paste.js";
import { dateEditors } from "./date-editors.js";
import { done, label } from "./editor-parts.js";
import { item, number, text } from "./readings.js";
import { suggestValues as suggest } from "./suggest.js";

function plain(context, { hint }) {
  const input = make("input", {
    class: "input",
    type: "text",
    placeholder: hint,
    autocomplete: "off",
    value: context.value ?? "",
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (input.value !== "") context.set(input.value, true);
  });
  const note = make("div", { class: "muted caption", role: "status" });
  input.addEventListener("input", () => context.set(input.value));
  input.addEventListener("paste", (event) =>
    pasted.refuseLines(
      event,
      (text) => {
        note.textContent = text;
      },
      context.several,
    ),
  );
  return make(
    "div",
    { class: "stack stack--tight" },
    label(`Value of ${context.field.label}`, input),
    note,
    done(context),
  );
}

function periodFields(context, value, changed) {
  const count = make("input", {
    class: "input input--short",
    type: "number",
    min: "1",
    step: "1",
    value: value?.n ?? 30,
  });
  const unit = make(
    "select",
    { class: "input input--short" },
    context.schema.units.map((item) =>
      make("option", { value: item.unit, text: item.many, selected: item.unit === (value?.unit || "day") }),
    ),
  );
  const tell = () => {
    const n = Number(count.value);
    changed(Number.isInteger(n) && n > 0 ? { n, unit: unit.value } : null);
  };
  count.addEventListener("input", tell);
  unit.addEventListener("change", tell);
  window.setTimeout(tell, 0);
  count.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      tell();
      context.finish();
    }
  });
  return make("div", { class: "popover__pair" }, label("Number", count), label("Unit", unit));
}

function segmentList(context, chosen, pick) {
  const shown = [...context.schema.segments.values()].filter((item) => !item.archived || item.id === chosen);
  if (!shown.length) return make("p", { class: "muted", text: "There are no segments yet. Save one first." });
  return make(
    "div",
    { class: "popover__list", role: "group", "aria-label": "Segments" },
    shown.map((item) =>
      make("button", {
        type: "button",
        class: "menu__item",
        "aria-pressed": String(item.id === chosen),
        text: item.name,
        on: { click: () => pick(item.id) },
      }),
    ),
  );
}

export const valueEditors = {
  ...dateEditors,
  text: (context) =>
    context.operator.needle ? plain(context, { hint: context.operator.example }) : suggest(context, { reading: text }),
  pattern: (context) => plain(context, { hint: "^ent" }),
  texts: (context) => suggest(context, { multiple: true, reading: text, hint: "Search, type or paste values" }),
  number: (context) => suggest(context, { reading: number, hint: "42" }),
  numbers: (context) => suggest(context, { multiple: true, reading: number, hint: "Search, type or paste numbers" }),
  item: (context) => suggest(context, { reading: item }),
  items: (context) => suggest(context, { multiple: true, reading: item, hint: "Search, type or paste values" }),
  numbers_range: (context) => {
    const given = [...(context.value || [null, null])];
    const input = (at) =>
      make("input", {
        class: "input input--short",
        type: "text",
        inputmode: "decimal",
        value: given[at] ?? "",
        on: {
          input: (event) => {
            given[at] = number.read(event.target.value)[0] ?? null;
            context.set(
              given[0] === null || given[1] === null ? null : given[0] <= given[1] ? [...given] : [given[1], given[0]],
            );
          },
          keydown: (event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              context.finish();
            }
          },
        },
      });
    return make(
      "div",
      { class: "stack stack--tight" },
      make("div", { class: "popover__pair" }, label("From", input(0)), label("To", input(1))),
      done(context),
    );
  },
  period: (context) =>
    make(
      "div",
      { class: "stack stack--tight" },
      periodFields(context, context.value, (value) => context.set(value)),
      done(context),
    ),
  segment: (context) => segmentList(context, context.value, (pk) => context.set(pk, true)),
  segment_period: (context) => {
    const given = { n: 30, unit: "day", ...(context.value || {}) };
    const tell = () => {
      if (given.segment) context.set({ ...given });
    };
    const list = make("div");
    const draw = () =>
      list.replaceChildren(
        segmentList(context, given.segment, (pk) => {
          given.segment = pk;
          tell();
          draw();
        }),
      );
    draw();
    return make(
      "div",
      { class: "stack stack--tight" },
      list,
      periodFields(context, given, (value) => {
        if (value) {
          Object.assign(given, value);
          tell();
        }
      }),
      done(context),
    );
  },
};
