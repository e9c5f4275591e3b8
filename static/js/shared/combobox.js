/* combobox({input, list, pick, enter, erase, moved}): an input with a list that one goes through without leaving the
 * input; the two are an input[role=combobox] and its [role=listbox]. Returns {show(options, at, nothing), active,
 * waiting}: show draws the options, `at` is the index that Enter takes (else the marked one stays, -1 for none),
 * `nothing` an element for an empty list. An option is {parts, class, selected, mixed, name, group} and what its owner
 * knows it by; options of one group {name, heading} stand together. Arrows mark an option, round at the ends; those
 * pressed before there are options count once they come (`waiting`). pick(option) is called for a click and for Enter;
 * enter() in its stead where Enter means more; erase() for Backspace in an empty input; moved(option) when the arrows
 * have chosen. Typing takes the mark away. nearness(names, typed) -> 0 if one is called so, 1 if one begins so, 2 if
 * one holds it, else Infinity; look(text) is a text as people tell it from others. */

import { make } from "./dom.js";

export const look = (text) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .trim()
    .replace(/\s+/g, " ");

export function nearness(names, typed) {
  const needle = look(typed);
  const looks = names.filter(Boolean).map(look);
  if (looks.includes(needle)) return 0;
  if (looks.some((name) => name.startsWith(needle))) return 1;
  return looks.some((name) => name.includes(needle)) ? 2 : Infinity;
}

export function combobox({ input, list, pick, enter, erase, moved }) {
  let options = [];
  let items = [];
  let active = -1;
  let waiting = 0;

  function mark(at) {
    active = at;
    items.forEach((item, index) => item.toggleAttribute("data-active", index === at));
    if (at >= 0) input.setAttribute("aria-activedescendant", items[at].id);
    else input.removeAttribute("aria-activedescendant");
  }
  /* Goes on by so many options; from nowhere, upwards begins at the last. */
  function step(by) {
    const from = active < 0 && by < 0 ? 0 : active;
    mark((((from + by) % options.length) + options.length) % options.length);
    items[active].scrollIntoView({ block: "nearest" });
    moved?.(options[active]);
  }
  function drawn(option, index) {
    return make(
      "div",
      {
        class: option.class ?? "combobox__option",
        role: "option",
        id: `${list.id}-${index}`,
        "data-name": option.name,
        "aria-selected": String(Boolean(option.selected)),
        "aria-checked": option.mixed ? "mixed" : null,
        on: { mousedown: (event) => event.preventDefault(), click: () => pick(option) },
      },
      option.parts,
    );
  }
  function grouped() {
    const groups = new Map();
    options.forEach(({ group }, index) => groups.set(group, [...(groups.get(group) || []), items[index]]));
    return [...groups].flatMap(([group, inner]) =>
      group ? [make("div", { role: "group", "aria-label": group.name }, group.heading, inner)] : inner,
    );
  }
  function show(given, at = active, nothing = null) {
    options = given;
    items = options.map(drawn);
    if (nothing) {
      // a listbox holds options alone
      nothing.setAttribute("role", "option");
      nothing.setAttribute("aria-disabled", "true");
    }
    list.replaceChildren(...(items.length ? grouped() : [nothing].filter(Boolean)));
    list.hidden = !list.firstChild;
    mark(Math.min(at, items.length - 1));
    if (!waiting || !items.length) return;
    const by = waiting;
    waiting = 0;
    step(by);
  }
  input.addEventListener("input", () => {
    waiting = 0;
    mark(-1);
  });
  input.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      if (options.length) step(by);
      else waiting += by;
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (enter) enter();
      else if (active >= 0) pick(options[active]);
    } else if (event.key === "Backspace" && !input.value) erase?.();
  });
  return {
    show,
    get active() {
      return options[active];
    },
    get waiting() {
      return waiting;
    },
  };
}
