/* An input with the values that users really have: suggestValues(context, {multiple, reading, hint}) -> element.
 * `reading` is one of readings.js. Enter takes what was typed, which stands first and marked in the list; another
 * option counts only once the arrows or the pointer chose it. */

import { announce } from "../shared/announce.js";
import { combobox } from "../shared/combobox.js";
import { make } from "../shared/dom.js";
import * as pasted from "../shared/paste.js";
import * as projectTime from "../shared/project-time.js";
import * as readings from "./readings.js";
import * as ruleWords from "./words.js";

const FEW = 20; // chips of a long list that are shown before one asks for all
let last = 0;

export function suggestValues(context, { multiple, reading, hint }) {
  const id = `suggest-${(last += 1)}`;
  const chosen = multiple ? [...(context.value || [])] : null;
  const list = make("div", {
    class: "combobox__list",
    role: "listbox",
    id: `${id}-list`,
    "aria-label": "Values",
    "aria-multiselectable": multiple ? "true" : null,
  });
  const input = make("input", {
    class: "input",
    id,
    type: "text",
    role: "combobox",
    autocomplete: "off",
    "aria-expanded": "true",
    "aria-controls": `${id}-list`,
    "aria-label": `Value of ${context.field.label}`,
    placeholder: hint || "Search or type a value",
    value: !multiple && context.value !== undefined && context.value !== null ? String(context.value) : "",
  });
  const chips = make("div", { class: "chips popover__chips" });
  const many = make("div", { class: "row" });
  const note = make("div", { class: "muted caption", role: "status" });
  let all = false;
  let options = [];
  let asked = 0;
  let timer = null;
  let answer = null; // the promise of the last question
  let said = false; // the note tells what became of a paste: an answer that comes later leaves it
  const folded = (value) => (typeof value === "string" && !context.cased() ? value.toLowerCase() : value);
  const alike = (left, right) => folded(left) === folded(right);
  let known = {}; // what the last answer said of the attribute
  const words = reading === readings.item ? ruleWords.item : ruleWords.quoted;
  const has = (value) => chosen?.some((item) => alike(item, value));

  function drawChips() {
    if (!chosen) return;
    const shown = chosen.slice(0, all ? undefined : FEW);
    const button = (text, act) =>
      make("button", {
        type: "button",
        class: "link-button",
        text,
        on: {
          click: () => {
            act();
            drawChips();
            draw();
            input.focus();
          },
        },
      });
    chips.replaceChildren(
      ...shown.map((item, at) =>
        make(
          "span",
          { class: "chip chip--item" },
          words(item),
          make("button", {
            type: "button",
            class: "chip__x",
            "aria-label": `Remove ${words(item)}`,
            text: "×",
            on: {
              click: () => {
                chosen.splice(at, 1);
                context.set([...chosen]);
                drawChips();
                draw();
                input.focus();
              },
            },
          }),
        ),
      ),
    );
    const rest = chosen.length - shown.length;
    many.replaceChildren(
      ...[
        rest &&
          button(`+${ruleWords.number(rest)} more`, () => {
            all = true;
          }),
        chosen.length > 1 &&
          button("Remove all", () => {
            chosen.length = 0;
            all = false;
            context.set([]);
          }),
      ].filter(Boolean),
    );
  }
  /* An option takes itself away again; what is typed a second time stays. */
  function pick(value, { toggle = true } = {}) {
    if (!multiple) return context.set(value, true);
    const at = chosen.findIndex((item) => alike(item, value));
    if (at < 0) chosen.push(value);
    else if (toggle) chosen.splice(at, 1);
    context.set([...chosen]);
    input.value = "";
    said = false;
    drawChips();
    ask();
    return input.focus();
  }
  /* 1 the number and 1 the text look the same: then each says what it is. */
  function optionText({ value, fresh }, certain) {
    const twin = options.some((other) => other.value !== value && String(other.value) === String(value));
    const kind = twin ? readings.kind(value) : "";
    if (!fresh) return `${ruleWords.quoted(value)}${kind && ` (${kind})`}`;
    const remarks = [kind, certain && "nobody has it now"].filter(Boolean).join(", ");
    return `Use ${typeof value === "string" ? `"${value}"` : value}${remarks && ` (${remarks})`}`;
  }
  const box = combobox({
    input,
    list,
    enter,
    pick: ({ value }) => pick(value),
    moved() {
      // a later answer does not change what the arrows are on
      window.clearTimeout(timer);
      asked += 1;
    },
    erase() {
      if (!multiple || !chosen.length) return;
      chosen.pop();
      show();
    },
  });
  function draw(at) {
    box.show(
      options.map((option) => ({
        value: option.value,
        selected: multiple ? has(option.value) : option.value === context.value,
        parts: [
          multiple &&
            make("span", { class: "combobox__box", "aria-hidden": "true", text: has(option.value) ? "✓" : "" }),
          make("span", { class: "combobox__text", text: option.text }),
          option.count !== undefined &&
            option.count !== null &&
            make("span", { class: "muted caption", text: ruleWords.number(option.count) }),
        ],
      })),
      at,
    );
  }
  const wrong = () => (input.value.trim() === "" || reading.read(input.value).length ? "" : reading.wrong(input.value));
  function remark(found) {
    if (found.hidden) return "Values of this attribute are sensitive and are not suggested.";
    if (found.failed) return "The values that users have could not be loaded. What you type works all the same.";
    return found.at ? `Counted ${projectTime.exact(new Date(found.at))}` : "";
  }
  function ask() {
    answer = load((asked += 1), input.value);
    return answer;
  }
  async function load(mine, typed) {
    const found = await context.values(typed);
    if (mine !== asked) return;
    if (!said) note.textContent = wrong() || remark(found);
    known = found.failed ? { ...known, values: [] } : found;
    // all values with this text are here
    const certain = !found.hidden && !found.failed && !found.at && found.values.length < 20;
    const wanted = typed === "" ? [] : reading.read(typed, known);
    const first = wanted.map(
      (value) => found.values.find((option) => alike(option.value, value)) || { value, fresh: true },
    );
    options = [...first, ...found.values.filter((option) => !first.includes(option))];
    options = options.map((option) => ({ ...option, text: optionText(option, certain) }));
    draw(wanted.length ? 0 : -1);
  }
  /* What stands in the box and was not picked from the list. */
  function typedValue() {
    if (input.value === "" || (!multiple && input.value === String(context.value ?? ""))) return undefined;
    return reading.read(input.value, known)[0];
  }
  /* Enter before the answer to what was typed: it is waited for where the text can be read in two ways. */
  async function enter() {
    const typed = input.value;
    if (box.waiting) await answer;
    if (!box.active && typed !== "" && reading.read(typed).length > 1) {
      window.clearTimeout(timer);
      await ask();
      if (input.value !== typed || !input.isConnected) return;
    }
    const meant = typed === "" ? undefined : reading.read(typed, known)[0];
    const option = box.active;
    if (option) pick(option.value, { toggle: meant === undefined || !alike(option.value, meant) });
    else if (meant !== undefined) pick(meant, { toggle: false });
    else if (typed === "" && chosen?.length) context.finish();
    else note.textContent = wrong();
  }
  input.addEventListener("input", () => {
    said = false;
    asked += 1;
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, 120);
  });
  function say(...parts) {
    said = true;
    note.replaceChildren(...parts);
    announce(note.firstChild.textContent);
  }
  /* Puts in what fits and says what became of each part. Where commas alone split, the text can be one value after all.
   * */
  function paste({ parts, whole }) {
    const before = [...chosen];
    const left = [];
    let repeated = 0;
    parts.forEach((part, index) => {
      const value = reading.read(part, known)[0];
      if (value === undefined) left.push({ at: index + 1, part, why: reading.wrong(part) });
      else if (has(value)) repeated += 1;
      else chosen.push(value);
    });
    const added = chosen.length - before.length;
    const one = whole && reading.read(whole, known).length ? whole : "";
    show();
    say(
      ...pasted.report({ added, repeated, left }, one, () => {
        chosen.splice(0, chosen.length, ...before);
        paste({ parts: [one] });
        input.focus();
      }),
    );
  }
  function show() {
    context.set([...chosen]);
    drawChips();
    draw();
  }
  input.addEventListener("paste", (event) => {
    const found = pasted.parts(event.clipboardData?.getData("text") || "");
    if (!multiple) return pasted.refuseLines(event, say, context.several);
    const cell = found.lines && /[\r\n]/.test(found.parts[0]); // a cell with line breaks, which the box would lose
    if (found.parts.length < 2 && !cell) return undefined;
    event.preventDefault();
    return paste(found);
  });
  function take() {
    const value = typedValue();
    if (value === undefined || has(value)) return;
    context.set(multiple ? [...chosen, value] : value);
  }
  context.onLeave(take);
  drawChips();
  ask();
  return make(
    "div",
    { class: "stack stack--tight" },
    multiple && chips,
    multiple && many,
    input,
    list,
    note,
    multiple &&
      make(
        "div",
        { class: "popover__foot" },
        make("button", {
          type: "button",
          class: "button button--primary button--small",
          text: "Done",
          on: {
            click: () => {
              if (wrong()) {
                note.textContent = wrong();
                input.focus();
                return;
              }
              take();
              context.finish();
            },
          },
        }),
      ),
  );
}
