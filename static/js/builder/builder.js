/* The rule builder, on every [data-builder] of the page. Its rule is JSON in the input named by data-input.
 * data-fields-url, data-values-url, data-preview-url: what it asks; data-mode="filter": it narrows a list, which says
 * itself how many match. Dispatches `rule:change` {rule, complete} when an edit ends and the finished conditions make
 * another rule; listens to `rule:add` on document {condition}. A list's [data-early] button works before the builder is
 * ready. Alt+arrows move, Delete removes, Ctrl+Z and Ctrl+Shift+Z go through 50 steps. A form is not sent while a rule
 * in it is not finished.
 * unfinishedIn(element) -> whether a rule in it is so; the builder then leads to what is missing. */

import { announce } from "../shared/announce.js";
import { make } from "../shared/dom.js";
import { complain, send } from "../shared/requests.js";
import { dragRules } from "./drag.js";
import { drawRule } from "./draw.js";
import { ruleJson } from "./json-view.js";
import { keepPlace } from "./keep-place.js";
import { conditionPopover } from "./popover.js";
import { rulePreview } from "./preview.js";
import { quickFilters } from "./quick-filters.js";
import { builderStatus } from "./status.js";
import * as tree from "./tree.js";
import * as ruleWords from "./words.js";

const DEEPEST = 10;
const TOO_DEEP = "Groups nest 10 deep at most.";
const mounted = new WeakSet();
const builders = new WeakMap(); // root -> its Builder
const pressed = new WeakMap(); // root -> what was pressed before it was ready
let schemaPromise = null;
const MEMBERSHIP = "$membership"; // no source is called so: a vendor is called Segment, and has attributes of its own

async function load(url) {
  const found = await (await send(url, { method: "GET" })).json();
  const operators = new Map();
  for (const [type, { operators: listed }] of Object.entries(found.types))
    for (const item of listed) operators.set(`${type}:${item.name}`, item);
  const fields = new Map(found.fields.map((item) => [item.field, item]));
  const membership = { source: MEMBERSHIP, name: "Membership", mark: "" };
  const sources = found.segments.length ? [membership, ...found.groups] : found.groups;
  const groups = new Map(sources.map((item) => [item.source, item]));
  if (found.segments.length)
    fields.set("segment", {
      field: "segment",
      label: "In a segment",
      key: "segment",
      source: MEMBERSHIP,
      type: "segment",
      typeLabel: "one of your segments",
      coverage: null,
    });
  return { ...found, operators, fields, groups, segments: new Map(found.segments.map((item) => [item.id, item])) };
}

class Builder {
  constructor(root, schema) {
    this.root = root;
    this.isFilter = root.dataset.mode === "filter";
    this.schema = schema;
    this.input = document.getElementById(root.dataset.input);
    this.effects = new Map();
    this.errors = new Map();
    this.popover = null;
    this.shown = {};
    this.asked = undefined;
    this.preview = rulePreview(root.dataset.previewUrl, (state) => this.show(state));
    this.canvas = make("div", { class: "builder__canvas" });
    this.live = make("div", { class: "sr-only", "aria-live": "polite" });
    this.status = builderStatus(this);
    root.replaceChildren(this.canvas, this.status.element, this.live);
    this.load(this.input.value);
    this.history = new tree.History(this.tree);
    this.sent = JSON.stringify(this.write().rule);
    document.addEventListener("keydown", (event) => {
      if (root.isConnected && (root.contains(event.target) || event.target === document.body)) this.keys(event);
    });
    dragRules(
      root,
      (id, target, after) => this.drop(id, target, after),
      () => this.draw(),
    );
    this.draw();
    this.ask();
    if (this.broken && !this.isFilter) this.toggleJson();
  }
  load(text) {
    try {
      this.tree = text ? tree.read(JSON.parse(text)) : tree.empty();
    } catch {
      this.tree = tree.empty();
      this.broken = text; /* kept in the JSON view; the page says what is wrong */
    }
  }
  write() {
    return tree.write(this.tree, (node) => ruleWords.finished(this.schema, node));
  }
  get rule() {
    return this.write().rule;
  }

  set(rule) {
    this.popover?.shut(false);
    this.tree = rule ? tree.read(rule) : tree.empty();
    this.changed();
  }

  draw(focus) {
    if (this.canvas.querySelector("[data-moving]")) return; // drawn when the drag ends
    keepPlace(this.canvas, drawRule(this));
    if (focus && !this.popover)
      (
        this.canvas.querySelector(`[data-chip="${focus}"]`) || this.canvas.querySelector(`[data-handle="${focus}"]`)
      )?.focus();
  }
  ask() {
    const { rule, map } = this.write();
    const text = `${JSON.stringify(rule)} ${[...map]}`; // the same rule of other nodes needs its effects placed anew
    if (text === this.asked) return;
    this.asked = text;
    this.preview.ask(rule, map);
  }

  /* Something changed: remember it, draw it, and tell the page when the finished part is another rule. While a
   * condition is being edited (draft) it is drawn and counted; one step to undo, and one for Back, is made when that
   * ends. */
  changed({ focus, remember = true, draft = false, later = false } = {}) {
    this.lacking = null;
    if (remember && !draft) this.history.push(this.tree);
    if (later) this.drawAfterClick();
    else this.draw(focus);
    const { rule } = this.write();
    const text = JSON.stringify(rule);
    this.input.value = rule ? text : "";
    this.ask();
    this.status.draw();
    if (draft || text === this.sent) return;
    this.sent = text;
    this.json?.show(rule);
    this.root.dispatchEvent(
      new CustomEvent("rule:change", {
        bubbles: true,
        detail: { rule, complete: tree.complete(this.tree, (node) => ruleWords.finished(this.schema, node)) },
      }),
    );
  }
  /* Leads to the first condition that is not finished and says what it lacks; answers whether there is one. */
  unfinished() {
    this.popover?.shut(false);
    const node = tree.unfinished(this.tree, (item) => ruleWords.finished(this.schema, item));
    if (!node) return false;
    const what = node.operator ? "a value. Choose one or remove it." : "a way to compare. Choose one or remove it.";
    this.lacking = {
      id: node.id,
      text: `${ruleWords.fieldOf(this.schema, node.field)?.label || "The condition"} still needs ${what}`,
    };
    this.draw(node.id);
    announce(this.lacking.text);
    return true;
  }
  /* A press outside the popover closes it; what is pressed must still be there when the click arrives. */
  drawAfterClick() {
    const draw = () => window.setTimeout(() => this.draw(), 0);
    document.addEventListener("pointerup", draw, { once: true });
    document.addEventListener("pointercancel", draw, { once: true });
  }
  undo(by) {
    const found = this.history.move(by);
    if (!found) return;
    this.tree = found;
    this.popover?.shut(false);
    this.changed({ remember: false });
    announce(by < 0 ? "Undone" : "Done again");
  }

  edit(node, step) {
    this.popover?.shut(false);
    const anchor = () => this.canvas.querySelector(`[data-chip="${node.id}"]`); // drawn anew with every change
    if (!anchor()) return;
    this.popover = conditionPopover({
      schema: this.schema,
      node,
      anchor,
      valuesUrl: this.root.dataset.valuesUrl,
      step,
      quick: this.isFilter && !node.field ? quickFilters(this) : [],
      change: () => this.changed({ draft: true }),
      close: (back) => {
        this.popover = null;
        if (!node.field) {
          const at = tree.find(this.tree, node.id);
          if (at) {
            at.parent.rules.splice(at.index, 1);
            this.prune(at.parent);
          }
        }
        this.changed({ later: !back });
        if (back)
          (this.canvas.querySelector(`[data-chip="${node.id}"]`) || this.canvas.querySelector("[data-add]"))?.focus();
      },
    });
  }
  act(name, drawn) {
    const at = tree.find(this.tree, drawn.id); // what was drawn may be older than the last undo
    if (!at) return undefined;
    const { node } = at;
    const siblings = at.parent?.rules;
    const acts = {
      edit: () => this.edit(node),
      add: () => {
        const made = { id: tree.fresh(), field: "" };
        node.rules.push(made);
        this.draw();
        this.edit(made);
      },
      addGroup: () => {
        if (tree.level(this.tree, node.id) >= DEEPEST) return complain(TOO_DEEP);
        const made = { ...tree.empty(), combinator: node.combinator === "and" ? "or" : "and" };
        node.rules.push(made);
        const first = { id: tree.fresh(), field: "" };
        made.rules.push(first);
        this.draw();
        return this.edit(first);
      },
      combinator: () => {
        node.combinator = node.combinator === "and" ? "or" : "and";
        this.changed();
        this.canvas.querySelector(`[data-group="${node.id}"] > .builder__joint`)?.focus();
      },
      not: () => {
        node.not = !node.not;
        this.changed();
        this.canvas.querySelector(`[data-group="${node.id}"] .builder__not`)?.focus();
      },
      remove: () => {
        siblings.splice(at.index, 1);
        this.prune(at.parent);
        this.changed();
        (
          this.canvas.querySelector(`[data-chip="${(siblings[at.index] || siblings[at.index - 1])?.id}"]`) ||
          this.canvas.querySelector("[data-add]")
        )?.focus();
      },
      duplicate: () => {
        const made = tree.copy(node);
        siblings.splice(at.index + 1, 0, made);
        this.changed({ focus: made.id });
      },
      up: () => this.move(node, -1),
      down: () => this.move(node, 1),
      wrap: () => {
        if (tree.level(this.tree, at.parent.id) >= DEEPEST) return complain(TOO_DEEP);
        siblings.splice(at.index, 1, { id: tree.fresh(), combinator: "or", rules: [node] });
        return this.changed({ focus: node.id });
      },
      unwrap: () => {
        siblings.splice(at.index, 1, ...node.rules);
        this.changed();
      },
    };
    return acts[name]();
  }
  prune(group) {
    const at = tree.find(this.tree, group.id);
    if (at?.parent && !group.rules.length) {
      at.parent.rules.splice(at.index, 1);
      this.prune(at.parent);
    }
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
      if (!outer.parent) {
        siblings.splice(at.index, 0, node);
        return announce(by < 0 ? "It is the first already" : "It is the last already");
      }
      outer.parent.rules.splice(outer.index + (by > 0 ? 1 : 0), 0, node);
      this.prune(at.parent);
    }
    this.changed();
    if (
      !this.canvas.contains(document.activeElement) ||
      document.activeElement.closest("[data-node]").dataset.node !== node.id
    )
      this.canvas.querySelector(`[data-handle="${node.id}"]`)?.focus();
    const now = tree.find(this.tree, node.id);
    return announce(`Moved to place ${now.index + 1} of ${now.parent.rules.length}`);
  }
  drop(id, targetId, after) {
    const moving = tree.find(this.tree, id);
    if (!moving || id === targetId || tree.find(moving.node, targetId)) return;
    const goal = tree.find(this.tree, targetId);
    const into = tree.isGroup(goal.node) && after === "in" ? goal.node : goal.parent;
    if (tree.level(this.tree, into.id) + tree.depth(moving.node) > DEEPEST) {
      complain(TOO_DEEP);
      return;
    }
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
    if (
      (event.ctrlKey || event.metaKey) &&
      event.key.toLowerCase() === "z" &&
      !event.target.matches("input, textarea")
    ) {
      event.preventDefault();
      return this.undo(event.shiftKey ? 1 : -1);
    }
    if (!node) return undefined;
    if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      return this.move(node, event.key === "ArrowUp" ? -1 : 1);
    }
    if (event.target.dataset.chip && ["Delete", "Backspace"].includes(event.key)) {
      event.preventDefault();
      return this.act("remove", node);
    }
    return undefined;
  }

  show(state) {
    if (state.answer !== undefined) {
      this.effects = new Map((state.answer?.effects || []).map((item) => [state.map.get(item.path.join(".")), item]));
      this.errors = new Map();
    }
    if (state.errors) {
      const paths = state.errors.map(({ path, words }) => [
        [...path.matchAll(/rules\[(\d+)\]/g)].map((match) => match[1]).join("."),
        words,
      ]);
      this.errors = new Map(paths.map(([path, message]) => [state.map.get(path), message]));
      this.effects = new Map();
      const onChip = (path) => {
        const at = tree.find(this.tree, state.map.get(path));
        return at && !tree.isGroup(at.node);
      };
      state.rest = paths.filter(([path]) => !onChip(path)).map(([, message]) => message); // what no chip says
    }
    const { answer: last } = this.shown; // an old number stays, an old complaint does not
    this.shown = { ...(state.busy && last ? { answer: last } : {}), ...state };
    if (!state.busy) {
      delete this.shown.busy;
      delete this.shown.slow;
    }
    this.draw();
    this.status.draw();
    const { answer } = state;
    if (!answer && !state.busy) this.live.textContent = state.errors ? [...this.errors.values()].join(" ") : "";
    if (!answer || this.isFilter) return;
    const match = answer.count === 1 ? "user matches" : "users match";
    this.live.textContent = `${ruleWords.number(answer.count)} ${match}`;
  }
  toggleJson() {
    if (this.json) {
      this.json = null;
      return this.changed({ remember: false });
    }
    this.json = ruleJson({
      rule: this.rule,
      text: this.broken,
      typed: (text) => {
        this.input.value = text;
      },
      check: (rule, signal) => this.preview.check(rule, signal),
      apply: (rule) => this.set(rule.rules.length ? rule : null),
    });
    this.broken = undefined;
    this.status.draw();
    return this.json.focus();
  }
  add(condition) {
    const node = { ...structuredClone(condition), id: tree.fresh() };
    if (this.tree.rules.length && (this.tree.not || (this.tree.combinator === "or" && this.tree.rules.length > 1)))
      this.tree = { ...tree.empty(), rules: [this.tree] };
    this.tree.rules.push(node);
    const whole = ruleWords.finished(this.schema, node);
    this.changed(whole ? { focus: node.id } : {});
    if (!whole) this.edit(node, node.operator ? "value" : "operator");
  }
}

async function mount(root) {
  if (mounted.has(root)) return; // both events below come for the same element
  mounted.add(root);
  try {
    schemaPromise ||= load(root.dataset.fieldsUrl);
    const builder = new Builder(root, await schemaPromise);
    builders.set(root, builder);
    (pressed.get(root) || []).forEach((act) => act(builder));
    pressed.delete(root);
  } catch (error) {
    schemaPromise = null;
    mounted.delete(root);
    root.replaceChildren(
      make(
        "p",
        { class: "builder__problem", role: "alert" },
        `${error.message} `,
        make("button", { type: "button", class: "link-button", text: "Retry", on: { click: () => mount(root) } }),
      ),
    );
  }
}
function once(act) {
  const root = document.querySelector("[data-builder]");
  if (builders.has(root)) act(builders.get(root));
  else if (root) pressed.set(root, [...(pressed.get(root) || []), act]);
}
export const unfinishedIn = (element) => Boolean(builders.get(element.querySelector("[data-builder]"))?.unfinished());
document.addEventListener(
  "submit",
  (event) => {
    if (unfinishedIn(event.target)) event.preventDefault();
  },
  true,
);
document.addEventListener("rule:add", (event) => once((builder) => builder.add(event.detail)));
document.addEventListener("click", (event) => {
  const early = event.target.closest("[data-early]:not([aria-busy])");
  if (!early) return;
  early.setAttribute("aria-busy", "true"); // pressed again, it is still one wish
  once((builder) => builder.act("add", builder.tree));
});
const all = () => document.querySelectorAll("[data-builder]").forEach(mount);
document.addEventListener("htmx:after:process", all);
document.addEventListener("form:swapped", all);
all();
