/* Editors for the value of a condition, one for each kind of operand: window.valueEditors[operand](context) -> element.
 * context = {schema, field, operator, value, set(value, done), values(query) -> Promise([{value, count}])}.
 * set(value, true) says that the value is complete and focus may move on. */
(() => {
  const make = window.make;
  let last = 0;
  const fresh = () => `value-${(last += 1)}`;
  const asNumber = (text) => (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text.trim()) ? Number(text) : null);

  function label(text, input) {
    input.id ||= fresh();
    return make("div", { class: "field" }, make("label", { for: input.id, text }), input);
  }
  const FEW = 20; // chips of a long list that are shown before one asks for all
  const unquoted = (text) => (/^"(.*)"$/s.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text).trim();
  const done = (context, text = "Done") => make("div", { class: "popover__foot" }, make("button", { type: "button", class: "button button--primary button--small", text, on: { click: () => context.finish() } }));

  /* An input with the values that users really have. `convert(text)` makes a value of what was typed, or null. */
  function suggest(context, { multiple, convert, hint }) {
    const id = fresh();
    const chosen = multiple ? [...(context.value || [])] : null;
    const list = make("div", { class: "combobox__list", role: "listbox", id: `${id}-list`, "aria-label": "Values", "aria-multiselectable": multiple ? "true" : null });
    const input = make("input", {
      class: "input", id, type: "text", role: "combobox", autocomplete: "off", "aria-expanded": "true", "aria-controls": `${id}-list`,
      "aria-label": `Value of ${context.field.label}`, placeholder: hint || "Search or type a value",
      value: !multiple && context.value !== undefined && context.value !== null ? String(context.value) : "",
    });
    const chips = make("div", { class: "chips popover__chips" });
    const many = make("div", { class: "row" });
    let all = false;
    const note = make("p", { class: "muted caption" });
    let options = [];
    let active = -1;
    let asked = 0;
    let timer = null;
    const has = (value) => chosen?.some((item) => item === value);
    const folded = (value) => (typeof value === "string" && !context.cased() ? value.toLowerCase() : value);

    function drawChips() {
      const shown = (chosen || []).slice(0, all ? undefined : FEW);
      const button = (text, act) => make("button", { type: "button", class: "link-button", text, on: { click: () => { act(); drawChips(); draw(); input.focus(); } } });
      chips.replaceChildren(...shown.map((item, at) => make("span", { class: "chip chip--item" }, window.ruleWords.quoted(item), make("button", {
        type: "button", class: "chip__x", "aria-label": `Remove ${window.ruleWords.quoted(item)}`, text: "×",
        on: { click: () => { chosen.splice(at, 1); context.set([...chosen]); drawChips(); draw(); input.focus(); } },
      }))));
      if (!chosen) return;
      const rest = chosen.length - shown.length;
      many.replaceChildren(...[
        rest && button(`+${window.ruleWords.number(rest)} more`, () => { all = true; }),
        chosen.length > 1 && button("Remove all", () => { chosen.length = 0; all = false; context.set([]); }),
      ].filter(Boolean));
    }
    function pick(value) {
      if (!multiple) return context.set(value, true);
      const at = chosen.indexOf(value);
      if (at >= 0) chosen.splice(at, 1); else chosen.push(value);
      context.set([...chosen]);
      input.value = "";
      drawChips();
      ask();
      input.focus();
    }
    function draw() {
      list.replaceChildren(...options.map((option, at) => make("div", {
        class: "combobox__option", role: "option", id: `${id}-${at}`, "aria-selected": String(multiple ? has(option.value) : option.value === context.value), "data-active": at === active,
        on: { mousedown: (event) => event.preventDefault(), click: () => pick(option.value) },
      }, multiple && make("span", { class: "combobox__box", "aria-hidden": "true", text: has(option.value) ? "✓" : "" }),
      make("span", { class: "combobox__text", text: option.text || window.ruleWords.quoted(option.value) }),
      option.count !== undefined && option.count !== null && make("span", { class: "muted caption", text: window.ruleWords.number(option.count) }))));
      if (active >= 0) input.setAttribute("aria-activedescendant", `${id}-${active}`); else input.removeAttribute("aria-activedescendant");
      list.hidden = !options.length;
    }
    async function ask() {
      const mine = (asked += 1);
      const typed = input.value;
      const found = await context.values(typed);
      if (mine !== asked) return;
      options = found.values.map(({ value, count }) => ({ value, count }));
      note.textContent = found.hidden ? "Values of this attribute are sensitive and are not suggested." : found.at ? `Counted ${new Date(found.at).toLocaleString("en")}` : "";
      if (found.failed) note.textContent = "The values that users have could not be loaded. What you type works all the same.";
      const certain = !found.hidden && !found.failed && !found.at && found.values.length < 20; // all values with this text are here
      const wanted = typed === "" ? [] : [convert(typed)].flat().filter((value) => value !== null);
      if (typed.trim() !== "" && !wanted.length) note.textContent = "Type a number such as 42 or 0.5.";
      const exact = options.findIndex((option) => wanted.some((value) => folded(option.value) === folded(value)));
      for (const value of wanted) {
        if (!options.some((option) => folded(option.value) === folded(value))) {
          const quote = typeof value === "string" ? `"${value}"` : String(value);
          options.push({ value, text: `Use ${quote}${certain ? " (nobody has it now)" : ""}` });
        }
      }
      active = options.length && typed ? Math.max(exact, 0) : -1;
      draw();
    }
    input.addEventListener("input", () => {
      active = -1; // what was highlighted belongs to an older text: Enter now takes what was typed
      asked += 1;
      input.removeAttribute("aria-activedescendant");
      window.clearTimeout(timer);
      timer = window.setTimeout(ask, 120);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (options.length) active = (active + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
        draw();
        list.querySelector("[data-active]")?.scrollIntoView({ block: "nearest" });
      } else if (event.key === "Enter") {
        event.preventDefault();
        const typed = [convert(input.value)].flat()[0];
        if (active >= 0 && options[active]) pick(options[active].value);
        else if (input.value !== "" && typed !== null) pick(typed);
        else if (multiple && input.value === "" && chosen.length) context.finish();
      } else if (event.key === "Backspace" && multiple && !input.value && chosen.length) {
        chosen.pop();
        context.set([...chosen]);
        drawChips();
        draw();
      }
    });
    input.addEventListener("paste", (event) => {
      const parts = (event.clipboardData?.getData("text") || "").match(/"(?:[^"]|"")*"|[^\n\t,;]+/g)?.map((part) => unquoted(part.trim())).filter(Boolean) || [];
      if (!multiple || parts.length < 2) return;
      event.preventDefault();
      const before = chosen.length;
      for (const value of parts.map((part) => [convert(part)].flat()[0])) if (value !== null && value !== undefined && !has(value)) chosen.push(value);
      context.set([...chosen]);
      drawChips();
      draw();
      const fits = parts.filter((part) => [convert(part)].flat()[0] !== null);
      note.textContent = `${chosen.length - before} added${fits.length < parts.length ? `, ${parts.length - fits.length} left out: not numbers` : ""}.`;
      window.announce?.(note.textContent);
    });
    /* What stands in the box without having been picked. */
    function take() {
      const typed = input.value.trim() === "" || input.value === String(context.value ?? "") ? null : [convert(input.value)].flat()[0];
      if (typed === null || typed === undefined || has(typed)) return;
      context.set(multiple ? [...chosen, typed] : typed);
    }
    context.onLeave(take);
    drawChips();
    ask();
    return make("div", { class: "stack stack--tight" }, multiple && chips, multiple && many, input, list, note, multiple && make("div", { class: "popover__foot" }, make("button", {
      type: "button", class: "button button--primary button--small", text: "Done",
      on: { click: () => { take(); context.finish(); } },
    })));
  }

  function plain(context, { hint, convert, type, mode }) {
    const input = make("input", { class: "input", type: type || "text", inputmode: mode, placeholder: hint, autocomplete: "off", value: context.value ?? "" });
    const use = () => { const value = convert(input.value); if (value !== null && value !== "") context.set(value, true); };
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); use(); } });
    input.addEventListener("input", () => { const value = convert(input.value); if (value !== null) context.set(value); });
    return make("div", { class: "stack stack--tight" }, label(`Value of ${context.field.label}`, input), done(context));
  }

  function periodFields(context, value, changed) {
    const count = make("input", { class: "input input--short", type: "number", min: "1", step: "1", value: value?.n ?? 30 });
    const unit = make("select", { class: "input input--short" }, context.schema.units.map((item) => make("option", { value: item.unit, text: item.many, selected: item.unit === (value?.unit || "day") })));
    const tell = () => { const n = Number(count.value); changed(Number.isInteger(n) && n > 0 ? { n, unit: unit.value } : null); };
    count.addEventListener("input", tell);
    unit.addEventListener("change", tell);
    window.setTimeout(tell, 0);
    count.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); tell(); context.finish(); } });
    return make("div", { class: "popover__pair" }, label("Number", count), label("Unit", unit));
  }

  function segmentList(context, chosen, pick) {
    const shown = [...context.schema.segments.values()].filter((item) => !item.archived || item.id === chosen);
    if (!shown.length) return make("p", { class: "muted", text: "There are no segments yet. Save one first." });
    return make("div", { class: "popover__list", role: "group", "aria-label": "Segments" }, shown.map((item) => make("button", {
      type: "button", class: "menu__item", "aria-pressed": String(item.id === chosen), text: item.name, on: { click: () => pick(item.id) },
    })));
  }

  const typed = (text) => {
    const number = asNumber(text);
    const truth = { true: true, false: false }[text.trim()];
    return [text, ...(number === null ? [] : [number]), ...(truth === undefined ? [] : [truth])];
  };
  window.editorParts = { label, done, fresh };
  window.valueEditors = {
    text: (context) => (context.operator.needle ? plain(context, { hint: context.operator.example, convert: (text) => text }) : suggest(context, { convert: (text) => text })),
    pattern: (context) => plain(context, { hint: "^ent", convert: (text) => text }),
    texts: (context) => suggest(context, { multiple: true, convert: (text) => text, hint: "Search, type or paste values" }),
    number: (context) => suggest(context, { convert: asNumber, hint: "42" }),
    numbers: (context) => suggest(context, { multiple: true, convert: asNumber, hint: "Search, type or paste numbers" }),
    item: (context) => suggest(context, { convert: typed }),
    items: (context) => suggest(context, { multiple: true, convert: typed, hint: "Search, type or paste values" }),
    numbers_range: (context) => {
      const given = [...(context.value || [null, null])];
      const input = (at) => make("input", {
        class: "input input--short", type: "text", inputmode: "decimal", value: given[at] ?? "",
        on: {
          input: (event) => { given[at] = asNumber(event.target.value); context.set(given[0] === null || given[1] === null ? null : given[0] <= given[1] ? [...given] : [given[1], given[0]]); },
          keydown: (event) => { if (event.key === "Enter") { event.preventDefault(); context.finish(); } },
        },
      });
      return make("div", { class: "stack stack--tight" }, make("div", { class: "popover__pair" }, label("From", input(0)), label("To", input(1))), done(context));
    },
    period: (context) => make("div", { class: "stack stack--tight" }, periodFields(context, context.value, (value) => context.set(value)), done(context)),
    segment: (context) => segmentList(context, context.value, (pk) => context.set(pk, true)),
    segment_period: (context) => {
      const given = { n: 30, unit: "day", ...(context.value || {}) };
      const tell = () => { if (given.segment) context.set({ ...given }); };
      const list = make("div");
      const draw = () => list.replaceChildren(segmentList(context, given.segment, (pk) => { given.segment = pk; tell(); draw(); }));
      draw();
      return make("div", { class: "stack stack--tight" }, list, periodFields(context, given, (value) => { if (value) { Object.assign(given, value); tell(); } }), done(context));
    },
  };
})();
