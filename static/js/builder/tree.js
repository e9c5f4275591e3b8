/* The rule as a tree that can be edited. Nodes have an `id` of their own while they are edited.
 * read(json) -> tree (throws what is wrong and where), empty(), fresh() -> an id, copy(node),
 * write(tree, finished) -> {rule, map} without unfinished conditions (`map`: path in the sent rule -> node id),
 * find(tree, id) -> {node, parent, index}, isGroup(node), depth(node), level(tree, id), count(node) of its conditions,
 * complete(node, finished), unfinished(node, finished) -> the first such condition, and a History of 50 steps. */
let last = 0;
const fresh = () => `n${(last += 1)}`;
const isGroup = (node) => Array.isArray(node.rules);

/* Throws an Error that names the path of what is neither a group nor a condition. */
function read(rule, path = "") {
  const here = path || "The rule";
  if (!rule || typeof rule !== "object" || Array.isArray(rule))
    throw new Error(
      `${here} is not ${path ? "a condition or " : ""}a group such as {"combinator": "and", "rules": [...]}.`,
    );
  const node = { ...rule, id: fresh() };
  if ("rules" in rule || !path) {
    if (!Array.isArray(rule.rules)) throw new Error(`${here} needs "rules", a list of conditions and groups.`);
    if (!["and", "or"].includes(rule.combinator))
      throw new Error(`${path ? `${path}.` : ""}combinator is "and" or "or".`);
    node.rules = rule.rules.map((child, at) => read(child, `${path ? `${path}.` : ""}rules[${at}]`));
  } else if (typeof rule.field !== "string" || typeof rule.operator !== "string")
    throw new Error(`${path} needs a "field" and an "operator", both texts.`);
  return node;
}
const empty = () => ({ id: fresh(), combinator: "and", rules: [] });

function find(tree, id, parent = null, index = 0) {
  if (tree.id === id) return { node: tree, parent, index };
  if (!isGroup(tree)) return null;
  for (const [at, child] of tree.rules.entries()) {
    const found = find(child, id, tree, at);
    if (found) return found;
  }
  return null;
}

/* What the server gets: finished conditions alone, and nothing that makes no difference. */
function write(tree, finished) {
  const map = new Map();
  const clean = (node, path) => {
    if (!isGroup(node)) {
      if (!finished(node)) return null;
      map.set(path.join("."), node.id);
      const made = { field: node.field, operator: node.operator };
      if (node.value !== undefined && node.value !== null) made.value = node.value;
      if (node.case_sensitive) made.case_sensitive = true;
      if (node.require_value) made.require_value = true;
      return made;
    }
    const rules = [];
    for (const child of node.rules) {
      const made = clean(child, [...path, rules.length]);
      if (made) rules.push(made);
    }
    if (!rules.length) return null;
    map.set(path.join("."), node.id);
    const made = { combinator: node.combinator };
    if (node.not) made.not = true;
    return { ...made, rules };
  };
  return { rule: clean(tree, []), map };
}

function copy(node) {
  const made = { ...node, id: fresh() };
  if (isGroup(node)) made.rules = node.rules.map(copy);
  else if (node.value && typeof node.value === "object") made.value = structuredClone(node.value);
  return made;
}

/* How many groups a node stands in, itself counted if it is one. */
function level(tree, id, above = 0) {
  const here = above + (isGroup(tree) ? 1 : 0);
  if (tree.id === id) return here;
  for (const child of tree.rules || []) {
    const found = level(child, id, here);
    if (found) return found;
  }
  return 0;
}
const count = (node) => (isGroup(node) ? node.rules.reduce((sum, child) => sum + count(child), 0) : 1);
const unfinished = (node, finished) =>
  isGroup(node) ? node.rules.map((child) => unfinished(child, finished)).find(Boolean) : finished(node) ? null : node;
const complete = (node, finished) =>
  isGroup(node) ? node.rules.every((child) => complete(child, finished)) : finished(node);
const depth = (node) => (isGroup(node) ? 1 + Math.max(0, ...node.rules.map(depth)) : 0);

class History {
  constructor(tree) {
    this.steps = [JSON.stringify(tree)];
    this.at = 0;
  }
  push(tree) {
    const text = JSON.stringify(tree);
    if (text === this.steps[this.at]) return;
    this.steps = [...this.steps.slice(Math.max(0, this.at - 49), this.at + 1), text];
    this.at = this.steps.length - 1;
  }
  move(by) {
    const to = this.at + by;
    if (to < 0 || to >= this.steps.length) return null;
    this.at = to;
    return JSON.parse(this.steps[to]);
  }
}

export { read, empty, find, write, copy, depth, level, count, complete, unfinished, isGroup, History, fresh };
