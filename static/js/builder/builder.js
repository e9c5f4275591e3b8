/* The rule builder, on every [data-builder] of the page. Its rule is JSON in the input named by data-input.
 * data-fields-url, data-values-url, data-preview-url: what it asks; data-mode="filter" leaves out the sample.
 * Dispatches `rule:change` {rule} when the finished conditions make another rule; listens to `rule:add` on document
 * {condition} and to clicks on [data-add-condition]. Alt+arrows move, Delete removes, Ctrl+Z and Ctrl+Shift+Z go
 * through 50 steps. */
(() => {
  const make = window.make;
  const tree = window.ruleTree;
  let schemaPromise = null;

  async function load(url) {
    const found = await (await window.send(url, { method: "GET" })).json();
    const operators = new Map();
    for (const [type, { operators: listed }] of Object.entries(found.types)) for (const item of listed) operators.set(`${type}:${item.name}`, item);
    const fields = new Map(found.fields.map((item) => [item.field, item]));
    const groups = new Map(found.groups.map((item) => [item.source, item]));
    if (found.segments.length) {
      groups.set("segment", { source: "segment", name: "Segments", mark: "" });
      fields.set("segment", { field: "segment", label: "Segment", key: "segment", source: "segment", type: "segment", typeLabel: "Membership", coverage: null });
    }
    return { ...found, operators, fields, groups, segments: new Map(found.segments.map((item) => [item.id, item])) };
  }

  class Builder {
    constructor(root, schema) {
      this.root = root;
      this.schema = schema;
      this.input = document.getElementById(root.dataset.input);
      this.effects = new Map();
      this.errors = new Map();
      this.popover = null;
      this.shown = {};
      this.preview = window.rulePreview(root.dataset.previewUrl, (state) => this.show(state));
      this.canvas = make("div", { class: "builder__canvas" });
      this.status = make("div", { class: "builder__status" });
      this.live = make("div", { class: "sr-only", "aria-live": "polite" });
      root.replaceChildren(this.canvas, this.status, this.live);
      this.load(this.input.value);
      this.history = new tree.History(this.tree);
      this.sent = JSON.stringify(this.write().rule);
      root.addEventListener("keydown", (event) => this.keys(event));
      window.dragRules(root, (id, target, after) => this.drop(id, target, after));
      this.draw();
      this.ask();
    }
    load(text) {
      let rule = null;
      try { rule = JSON.parse(text || "null"); } catch { /* shown by the page */ }
      this.tree = rule && Array.isArray(rule.rules) ? tree.read(rule) : tree.empty();
    }
    write() { return tree.write(this.tree, (node) => window.ruleWords.finished(this.schema, node)); }
    get rule() { return this.write().rule; }

    draw(focus) {
      const active = focus || document.activeElement?.dataset?.chip;
      this.canvas.replaceChildren(window.drawRule(this));
      if (active && !this.popover) this.canvas.querySelector(`[data-chip="${active}"]`)?.focus();
    }
    ask() { const { rule, map } = this.write(); this.preview.ask(rule, map); }

    /* Something changed: remember it, draw it, and tell the page when the finished part is another rule. */
    changed({ focus, remember = true } = {}) {
      if (remember) this.history.push(this.tree);
      this.draw(focus);
      const { rule } = this.write();
      const text = JSON.stringify(rule);
      if (text === this.sent) return;
      this.sent = text;
      this.input.value = rule ? text : "";
      this.ask();
      this.root.dispatchEvent(new CustomEvent("rule:change", { bubbles: true, detail: { rule } }));
    }
    undo(by) {
      const found = this.history.move(by);
      if (!found) return;
      this.tree = found;
      this.popover?.shut(false);
      this.changed({ remember: false });
      window.announce?.(by < 0 ? "Undone" : "Done again");
    }

    edit(node, step) {
      this.popover?.shut(false);
      const anchor = () => this.canvas.querySelector(`[data-chip="${node.id}"]`); // drawn anew with every change
      if (!anchor()) return;
      this.popover = window.conditionPopover({
        schema: this.schema, node, anchor, valuesUrl: this.root.dataset.valuesUrl, step,
        change: () => this.changed(),
        close: (back) => {
          this.popover = null;
          if (!node.field) { const at = tree.find(this.tree, node.id); at?.parent.rules.splice(at.index, 1); }
          this.changed();
          if (back) (this.canvas.querySelector(`[data-chip="${node.id}"]`) || this.canvas.querySelector("[data-add]"))?.focus();
        },
      });
    }
    act(name, node) {
      const at = tree.find(this.tree, node.id);
      const siblings = at.parent?.rules;
      const acts = {
        edit: () => this.edit(node),
        add: () => { const made = { id: tree.fresh(), field: "" }; node.rules.push(made); this.draw(); this.edit(made); },
        addGroup: () => {
          if (tree.depth(this.tree) >= 10) return window.complain("Groups nest 10 deep at most.");
          const made = { ...tree.empty(), combinator: node.combinator === "and" ? "or" : "and" };
          node.rules.push(made);
          const first = { id: tree.fresh(), field: "" };
          made.rules.push(first);
          this.draw();
          return this.edit(first);
        },
        combinator: () => { node.combinator = node.combinator === "and" ? "or" : "and"; this.changed(); this.canvas.querySelector(`[data-group="${node.id}"] > .builder__joint`)?.focus(); },
        not: () => { node.not = !node.not; this.changed(); this.canvas.querySelector(`[data-group="${node.id}"] .builder__not`)?.focus(); },
        remove: () => { siblings.splice(at.index, 1); this.prune(at.parent); this.changed(); (this.canvas.querySelector(`[data-chip="${(siblings[at.index] || siblings[at.index - 1])?.id}"]`) || this.canvas.querySelector("[data-add]"))?.focus(); },
        duplicate: () => { const made = tree.copy(node); siblings.splice(at.index + 1, 0, made); this.changed({ focus: made.id }); },
        up: () => this.move(node, -1), down: () => this.move(node, 1),
        wrap: () => { siblings.splice(at.index, 1, { id: tree.fresh(), combinator: "or", rules: [node] }); this.changed({ focus: node.id }); },
        unwrap: () => { siblings.splice(at.index, 1, ...node.rules); this.changed(); },
      };
      acts[name]();
    }
    prune(group) {
      const at = tree.find(this.tree, group.id);
      if (at?.parent && !group.rules.length) { at.parent.rules.splice(at.index, 1); this.prune(at.parent); }
    }
    /* One step among its siblings; past the end of its group, out of it. */
    move(node, by) {
      const at = tree.find(this.tree, node.id);
      const to = at.index + by;
      const siblings = at.parent.rules;
      siblings.splice(at.index, 1);
      if (to >= 0 && to <= siblings.length) siblings.splice(to, 0, node);
      else {
        const outer = tree.find(this.tree, at.parent.id);
        if (!outer.parent) siblings.splice(at.index, 0, node);
        else { outer.parent.rules.splice(outer.index + (by > 0 ? 1 : 0), 0, node); this.prune(at.parent); }
      }
      this.changed({ focus: node.id });
      this.canvas.querySelector(`[data-handle="${node.id}"]`)?.focus();
      window.announce?.("Moved");
    }
    drop(id, targetId, after) {
      const moving = tree.find(this.tree, id);
      if (!moving || id === targetId || tree.find(moving.node, targetId)) return;
      moving.parent.rules.splice(moving.index, 1);
      const target = tree.find(this.tree, targetId);
      if (tree.isGroup(target.node) && after === "in") target.node.rules.push(moving.node);
      else target.parent.rules.splice(target.index + (after ? 1 : 0), 0, moving.node);
      this.prune(moving.parent);
      this.changed({ focus: id });
    }
    keys(event) {
      const id = event.target.dataset?.chip || event.target.dataset?.handle;
      const node = id && tree.find(this.tree, id)?.node;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.target.matches("input, textarea")) {
        event.preventDefault();
        return this.undo(event.shiftKey ? 1 : -1);
      }
      if (!node) return undefined;
      if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) { event.preventDefault(); return this.move(node, event.key === "ArrowUp" ? -1 : 1); }
      if (["Delete", "Backspace"].includes(event.key)) { event.preventDefault(); return this.act("remove", node); }
      return undefined;
    }

    show(state) {
      if (state.answer !== undefined) {
        this.effects = new Map((state.answer?.effects || []).map((item) => [state.map.get(item.path.join(".")), item]));
        this.errors = new Map();
      }
      if (state.errors) {
        const paths = state.errors.map(({ path, message }) => [[...path.matchAll(/rules\[(\d+)\]/g)].map((match) => match[1]).join("."), message]);
        this.errors = new Map(paths.map(([path, message]) => [state.map.get(path), message]));
        this.effects = new Map();
      }
      this.shown = { ...(state.busy ? this.shown : {}), ...state };
      if (!state.busy) { delete this.shown.busy; delete this.shown.slow; }
      if (!this.popover && !this.root.contains(document.activeElement?.closest(".menu[open]"))) this.draw();
      this.drawStatus();
      const { answer } = state;
      if (answer) this.live.textContent = `${window.ruleWords.number(answer.count)} users match`;
    }
    drawStatus() {
      const { answer, busy, slow, failed, errors } = this.shown;
      const filter = this.root.dataset.mode === "filter";
      const parts = [];
      if (answer) parts.push(make("strong", { class: `builder__count${busy ? " builder__count--old" : ""}`, text: `${window.ruleWords.number(answer.count)} user${answer.count === 1 ? "" : "s"}` }));
      if (slow) parts.push(make("span", { class: "muted", text: "Still counting" }));
      else if (busy && !answer) parts.push(make("span", { class: "muted", text: "Counting" }));
      if (failed) parts.push(make("span", { class: "builder__problem", role: "alert" }, failed, " ", make("button", { type: "button", class: "link-button", text: "Retry", on: { click: () => this.preview.retry() } })));
      if (errors) parts.push(make("span", { class: "builder__problem", role: "alert", text: errors[0].message }));
      if (answer && !filter && answer.sample.length) parts.push(make("span", { class: "builder__sample" }, "such as ", answer.sample.flatMap((user, at) => [at ? ", " : "", make("a", { href: user.url, text: user.name, target: "_blank", rel: "noopener" })])));
      const tools = make("span", { class: "builder__tools" },
        this.tree.rules.length > 0 && make("button", { type: "button", class: "button button--small button--quiet", text: "Undo", "aria-label": "Undo the last change", disabled: this.history?.at === 0, on: { click: () => this.undo(-1) } }),
        make("button", { type: "button", class: "button button--small button--quiet", text: "JSON", "aria-expanded": String(Boolean(this.json)), on: { click: () => this.toggleJson() } }));
      this.status.replaceChildren(make("div", { class: "builder__numbers" }, parts, tools), ...(answer?.sentence && this.tree.rules.length > 1 ? [make("p", { class: "builder__sentence muted", text: answer.sentence })] : []), ...(this.json ? [this.json] : []));
    }
    toggleJson() {
      if (this.json) { this.json = null; return this.drawStatus(); }
      const area = make("textarea", { class: "builder__json", rows: "10", spellcheck: "false", "aria-label": "The rule as JSON", value: JSON.stringify(this.rule || { combinator: "and", rules: [] }, null, 2) });
      const note = make("p", { class: "builder__problem", role: "status" });
      area.addEventListener("input", () => {
        try {
          const rule = JSON.parse(area.value);
          if (!rule || !Array.isArray(rule.rules)) throw new Error('A rule is a group: {"combinator": "and", "rules": [...]}.');
          note.textContent = "";
          this.tree = tree.read(rule);
          const focused = document.activeElement === area;
          this.changed();
          if (focused) area.focus();
        } catch (error) { note.textContent = error.message; }
      });
      this.json = make("div", { class: "stack stack--tight" }, area, note);
      this.drawStatus();
      return area.focus();
    }
    add(condition) {
      const node = { ...condition, id: tree.fresh() };
      if (this.tree.combinator === "or" && this.tree.rules.length > 1) this.tree = { ...tree.empty(), rules: [this.tree] };
      this.tree.rules.push(node);
      this.changed();
      if (!window.ruleWords.finished(this.schema, node)) this.edit(node, node.operator ? "value" : "operator");
    }
  }

  async function mount(root) {
    if (root.builder || root.dataset.mounting) return;
    root.dataset.mounting = "";
    try {
      schemaPromise ||= load(root.dataset.fieldsUrl);
      root.builder = new Builder(root, await schemaPromise);
    } catch (error) {
      schemaPromise = null;
      root.textContent = error.message;
    }
  }
  const first = () => document.querySelector("[data-builder]")?.builder;
  document.addEventListener("rule:add", (event) => first()?.add(event.detail));
  document.addEventListener("click", (event) => {
    const quick = event.target.closest("[data-add-condition]");
    if (quick) { event.preventDefault(); first()?.add(JSON.parse(quick.dataset.addCondition)); }
  });
  const all = () => document.querySelectorAll("[data-builder]").forEach(mount);
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:load", all);
})();
