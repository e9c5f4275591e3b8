/* Editing one condition in three steps, attribute, operator, value: conditionPopover(options).
 * options = {schema, node, anchor(), valuesUrl, change(node), close(), step?, quick?}; quick: what else the first step
 * offers, {label, count, mark, chosen, act()}. Focus moves on by itself; Escape closes
 * and goes back to the chip; on a phone it is a sheet at the bottom. */

import { combobox, nearness } from "../shared/combobox.js";
import { make } from "../shared/dom.js";
import { roomAround } from "../shared/placing.js";
import { send } from "../shared/requests.js";
import { valueEditors } from "./value-editors.js";
import * as ruleWords from "./words.js";

export function conditionPopover({ schema, node, anchor, valuesUrl, change, close, step, quick = [] }) {
  const root = make("div", {
    class: "popover",
    role: "dialog",
    "aria-label": "Condition",
    tabindex: "-1",
    "data-popover": true,
  });
  const field = () => schema.fields.get(node.field);
  const operators = () => (field() ? schema.types[field().type].operators : []);
  const operator = () => operators().find((item) => item.name === node.operator);

  let leaving = null;
  function shut(back = true) {
    if (!root.isConnected) return;
    document.removeEventListener("pointerdown", outside, true);
    sizes.disconnect();
    root.remove();
    close(back);
  }
  function outside(event) {
    if (!event.target.isConnected || root.contains(event.target)) return;
    leaving?.(); // what was typed and not yet picked counts too
    shut(false);
  }
  function head(now) {
    const crumb = (name, text, to) =>
      text &&
      make("button", {
        type: "button",
        class: "popover__crumb",
        "aria-current": now === name ? "step" : null,
        text,
        on: { click: () => go(to || name) },
      });
    return make(
      "div",
      { class: "popover__head" },
      crumb("field", field()?.label || "Choose an attribute"),
      field() && crumb("operator", operator()?.menu || "Choose how"),
      make("button", {
        type: "button",
        class: "icon-button",
        "aria-label": "Close",
        text: "×",
        on: { click: () => shut() },
      }),
    );
  }
  function go(to) {
    leaving = null;
    const body = { field: fields, operator: choose, value: values }[to]();
    root.replaceChildren(head(to), body);
    place();
    const first = [
      "[data-first]",
      ".popover__list [aria-pressed='true']",
      ".popover__body input:not([type='checkbox'])",
      ".popover__body button",
      ".popover__body input",
    ];
    first
      .map((selector) => root.querySelector(selector))
      .find(Boolean)
      ?.focus();
  }
  function place() {
    const box = (anchor() || document.body).getBoundingClientRect();
    const wide = root.offsetWidth;
    const left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - wide - 16));
    const { above, below } = roomAround(box, { top: 14, bottom: window.innerHeight - 14 });
    const flipped = root.offsetHeight > below && above > below;
    const top = flipped ? Math.max(box.top - root.offsetHeight - 6, 8) : box.bottom + 6;
    root.style.setProperty("--left", `${left + window.scrollX}px`);
    root.style.setProperty("--top", `${top + window.scrollY}px`);
    root.style.setProperty("--room", `${Math.max(flipped ? above : below, 220)}px`);
  }
  const sizes = new ResizeObserver(place); // a list that was narrowed is shorter

  function fields() {
    const search = make("input", {
      class: "input",
      type: "text",
      role: "combobox",
      placeholder: "Find an attribute",
      "aria-label": "Find an attribute",
      "aria-expanded": "true",
      "aria-controls": "field-list",
      "aria-autocomplete": "list",
      "data-first": true,
      autocomplete: "off",
    });
    const list = make("div", { class: "popover__list", role: "listbox", id: "field-list", "aria-label": "Attributes" });
    const box = combobox({ input: search, list, pick: ({ item, act }) => (act ? take(act) : choice(item)) });
    const heading = (group) =>
      make(
        "div",
        { class: "popover__group", html: group.mark || "", "aria-hidden": "true" },
        !group.mark && make("span", { text: group.name }),
      );
    const all = [...schema.groups].flatMap(([slug, group]) => {
      const shown = { name: group.name, heading: heading(group) };
      return [...schema.fields.values()]
        .filter((item) => item.source === slug && !item.archived)
        .map((item) => ({ item, group: shown }));
    });
    const quickGroup = {
      name: "Quick filters",
      heading: make("div", { class: "popover__group", "aria-hidden": "true", text: "Quick filters" }),
    };
    const offers = quick.map((each) => ({ ...each, group: quickGroup }));
    const count = (item) =>
      item.coverage === null || item.coverage === undefined
        ? ""
        : ` · ${ruleWords.number(item.coverage)} user${item.coverage === 1 ? "" : "s"}`;
    const offer = ({ label, count: note, mark, chosen, act, group }) => ({
      act,
      group,
      class: "menu__item popover__field",
      selected: Boolean(chosen),
      parts: [
        make("span", { class: "popover__tick", "aria-hidden": "true", text: chosen ? "✓" : "" }),
        make("span", { class: "popover__name", text: mark ? "Has values from" : label }),
        mark && make("span", { html: mark }),
        make("span", { class: "muted caption", text: note || "" }),
      ],
    });
    const option = ({ item, group }) => ({
      item,
      group,
      class: "menu__item popover__field",
      selected: item.field === node.field,
      parts: [
        make("span", { class: "popover__name", text: item.label }),
        item.key && item.label !== item.key && make("span", { class: "muted caption mono", text: item.key }),
        make("span", { class: "muted caption", text: `${item.typeLabel}${count(item)}` }),
      ],
    });
    /* Enter takes the one that is called what was typed, else the nearest. */
    function draw() {
      const typed = search.value.trim();
      const ranks = new Map([...offers, ...all].map((each) => [each, near(each, typed)]));
      const found = [...ranks.keys()].filter((each) => ranks.get(each) < Infinity);
      const nearest = Math.min(...ranks.values());
      box.show(
        found.map((each) => (each.item ? option(each) : offer(each))),
        typed ? found.findIndex((each) => ranks.get(each) === nearest) : -1,
        make("p", { class: "muted", text: "No attribute matches. Attributes appear when your app sends them." }),
      );
    }
    search.addEventListener("input", draw);
    draw();
    return make("div", { class: "popover__body" }, search, list);
  }
  function take(act) {
    shut(false);
    act();
  }
  function near({ label: offered, item, group }, typed) {
    if (!item) return nearness([offered], typed);
    const { label, key, field: name } = item;
    return nearness([label, key, name, `${label} ${key} ${name} ${group.name}`], typed);
  }
  function choice(item) {
    if (node.field === item.field && node.operator) return go("value");
    const same = field()?.type === item.type;
    node.field = item.field;
    if (!same) {
      node.operator = undefined;
      node.value = undefined;
      delete node.case_sensitive;
      delete node.require_value;
    }
    if (!same || node.operator === undefined) {
      change(node);
      return go("operator");
    }
    node.value = undefined;
    change(node);
    return go("value");
  }

  function choose() {
    const button = (item) =>
      make("button", {
        type: "button",
        class: "menu__item",
        "aria-pressed": String(item.name === node.operator),
        text: item.menu,
        on: { click: () => pickOperator(item) },
      });
    const all = operators();
    const parts = all.flatMap((item, at) => [
      item.heading &&
        item.heading !== all[at - 1]?.heading &&
        make("div", { class: "menu__heading", text: item.heading }),
      button(item),
    ]);
    return make("div", { class: "popover__body" }, make("div", { class: "popover__list", "data-list": true }, parts));
  }
  function pickOperator(item) {
    const before = operator();
    const keeps = before && before.operand === item.operand;
    node.operator = item.name;
    if (!keeps)
      node.value = before && node.value !== undefined ? carried(before.operand, item.operand, node.value) : undefined;
    if (!item.cased) delete node.case_sensitive;
    if (!item.absent) delete node.require_value;
    change(node);
    if (item.operand === "none" && !item.absent) return shut();
    return go("value");
  }

  /* One value becomes a list of one and back; anything else starts anew. */
  function carried(from, to, value) {
    if (to === `${from}s`) return [value];
    if (from === `${to}s` && value.length === 1) return value[0];
    return undefined;
  }

  function values() {
    const found = operator();
    if (!found) return choose();
    const context = {
      schema,
      field: field(),
      operator: found,
      value: node.value,
      set(value, done) {
        node.value = value ?? undefined;
        context.value = value;
        change(node);
        if (done) shut();
      },
      finish: () => shut(),
      several: operators().find((item) => item.operand === `${found.operand}s` && item.absent === found.absent)?.menu,
      cased: () => Boolean(node.case_sensitive),
      async values(query) {
        try {
          const url = new URL(valuesUrl, location.href);
          url.searchParams.set("field", node.field);
          url.searchParams.set("q", query);
          return await (await send(url, { method: "GET" })).json();
        } catch {
          return { values: [], failed: true };
        }
      },
    };
    context.onLeave = (act) => {
      leaving = act;
    };
    const editor = found.operand === "none" ? null : valueEditors[found.operand](context);
    return make("div", { class: "popover__body" }, editor, switches(found));
  }
  function switches(found) {
    const box = (name, text, on, act) => {
      const id = `switch-${name}-${node.id}`;
      return make(
        "div",
        { class: "field field--check" },
        make("input", {
          type: "checkbox",
          id,
          checked: on,
          on: {
            change: (event) => {
              act(event.target.checked);
              change(node);
            },
          },
        }),
        make("label", { for: id, text }),
      );
    };
    const item = field();
    const without =
      schema.users !== null && item.coverage !== null && item.coverage !== undefined
        ? ` (${ruleWords.number(Math.max(schema.users - item.coverage, 0))})`
        : "";
    return [
      found.absent &&
        !item.neverAbsent &&
        box("absent", `Also users without ${item.label}${without}`, !node.require_value, (on) => {
          if (on) delete node.require_value;
          else node.require_value = true;
        }),
      found.cased &&
        item.field !== "native.email" &&
        box("case", "Upper and lower case must be the same", Boolean(node.case_sensitive), (on) => {
          if (on) node.case_sensitive = true;
          else delete node.case_sensitive;
        }),
    ].filter(Boolean);
  }

  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      return shut();
    }
    const list = event.target.closest("[data-list]");
    if (list && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      const all = [...list.querySelectorAll("button")];
      const at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      all[at % all.length]?.focus();
    }
    if (event.key === "Tab") {
      const stops = [...root.querySelectorAll("button, input, select, textarea, [tabindex='0']")].filter(
        (item) => item.offsetParent && item.tabIndex >= 0,
      );
      const edge = event.shiftKey ? stops[0] : stops.at(-1);
      if (document.activeElement === edge) {
        event.preventDefault();
        (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
      }
    }
  });
  document.body.append(root);
  sizes.observe(root);
  document.addEventListener("pointerdown", outside, true);
  go(step || (node.field ? (node.operator ? "value" : "operator") : "field"));
  return { shut };
}
