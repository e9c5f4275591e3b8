/* [data-tags]: tags by typing. Opened by [data-tag-open] (or the key t). Options come from data-options-url as
 * JSON [{name, color, count, has: "all"|"some"|"none"}]; a substring finds, the tag called so first, then most used; a
 * click toggles and it stays open; 'Create "x"' is last and only if no tag equals it. Enter takes what was typed, which
 * is marked in the list; another tag counts only once the arrows chose it.
 * One user: data-toggle-url takes POST add=/remove= and answers the chips, which replace [data-tag-chips]; saved at
 * once, rolled back with the reason. Many: data-bulk collects the changes and [data-tag-apply] submits the form
 * with hidden add/remove. Pasted lines are a tag each. Backspace in the empty box focuses the last chip, again removes
 * it. */

import { combobox, look, nearness } from "./shared/combobox.js";
import { make } from "./shared/dom.js";
import { thousands } from "./shared/number.js";
import * as pasted from "./shared/paste.js";
import { keepInside } from "./shared/placing.js";
import { complain, send } from "./shared/requests.js";
import { toast } from "./toast.js";

let options = [];
let active = null; // the name that the arrows chose
let staged = new Map();
let loaded = null; // the address of the newest list that was asked for
let partial = false; // whether there are more tags than one list
let later = 0;
const MOST = 500;

const rootOf = (element) => element.closest("[data-tags]");
const popup = (root) => root.querySelector("[data-tag-popup]");
const input = (root) => root.querySelector("[data-tag-input]");

async function open(root) {
  document.querySelectorAll("[data-tag-popup]:not([hidden])").forEach((other) => {
    other.hidden = true;
  });
  const url = new URL(root.dataset.optionsUrl, location.href);
  const form = root.closest("form");
  if (root.hasAttribute("data-bulk") && form)
    for (const name of ["ids", "all", "query"]) url.searchParams.set(name, form.elements[name]?.value || "");
  popup(root).hidden = false;
  root.querySelector("[data-tag-open]").setAttribute("aria-expanded", "true");
  input(root).value = "";
  input(root).focus();
  staged = new Map();
  options = [];
  active = null;
  partial = false;
  keepInside(popup(root));
  await fetchOptions(root, url);
}
/* The most used tags; where there are more than one answer holds, those with what is typed. */
async function fetchOptions(root, url) {
  loaded = url;
  message(root, "");
  try {
    const found = await (await send(url, { method: "GET" })).json();
    if (loaded !== url) return;
    options = found;
    partial = partial || found.length >= MOST;
  } catch {
    options = [];
    message(root, "The tags could not be loaded. Check your connection, then open this again.");
  }
  draw(root);
}
function close(root) {
  popup(root).hidden = true;
  const button = root.querySelector("[data-tag-open]");
  button.setAttribute("aria-expanded", "false");
  button.focus();
}
function message(root, text) {
  const element = root.querySelector("[data-tag-message]");
  element.textContent = text;
  element.hidden = !text;
}
/* Tags that look alike are one: as the server compares them, near enough to find the one that is meant. */
function shown(root) {
  const typed = input(root).value.trim().replace(/\s+/g, " ");
  const near = (option) => nearness([option.name], typed);
  const found = options.filter((option) => near(option) < Infinity);
  const same = found.find((option) => near(option) === 0);
  if (same) return [same, ...found.filter((option) => option !== same)];
  return typed ? [...found, { name: typed, create: true, has: "none" }] : found;
}
/* What Enter takes of these: what the arrows chose, else what was typed, else nothing (-1). */
function marked(root, found) {
  const chosen = found.findIndex((option) => option.name === active);
  if (chosen >= 0 || !input(root).value.trim()) return chosen;
  return found.at(-1)?.create ? found.length - 1 : 0;
}
const boxes = new WeakMap(); // input -> its combobox
function boxOf(root) {
  const field = input(root);
  if (!boxes.has(field)) {
    boxes.set(
      field,
      combobox({
        input: field,
        list: root.querySelector("[data-tag-list]"),
        pick: ({ name }) => toggle(root, name),
        moved: ({ name }) => {
          active = name;
        },
        erase: () => [...root.querySelectorAll("[data-tag-remove]")].at(-1)?.focus(),
      }),
    );
  }
  return boxes.get(field);
}
function drawn(option) {
  const has = staged.has(option.name) ? (staged.get(option.name) ? "all" : "none") : option.has;
  return {
    name: option.name,
    class: `combobox__option${option.create ? " combobox__option--create" : ""}`,
    selected: has === "all",
    mixed: has === "some",
    parts: [
      make("span", { class: "combobox__box", "aria-hidden": "true", text: { all: "✓", some: "–" }[has] || "" }),
      make("span", {
        class: option.create ? "" : `tag tag--${option.color}`,
        text: option.create ? `Create "${option.name}"` : option.name,
      }),
      !option.create &&
        make("span", { class: "muted caption", text: option.count === null ? "" : thousands(option.count) }),
    ],
  };
}
function draw(root) {
  const found = shown(root);
  const silent = root.querySelector("[data-tag-message]").hidden;
  const nothing =
    silent && make("div", { class: "combobox__option muted", text: "No tags yet. Type a name to create one." });
  boxOf(root).show(found.map(drawn), marked(root, found), nothing);
  const apply = root.querySelector("[data-tag-apply]");
  if (apply) apply.disabled = staged.size === 0;
}
async function toggle(root, name) {
  message(root, "");
  const option = options.find((item) => item.name === name);
  const has = staged.has(name) ? staged.get(name) : option?.has === "all";
  if (root.hasAttribute("data-bulk")) {
    if (!option) options.push({ name, color: "gray", count: 0, has: "none" });
    staged.set(name, !has);
    draw(root);
    return;
  }
  await change(root, has ? { remove: name } : { add: name });
}
/* The next chip after one that went, else the box or the button that adds. */
function focusChip(root, at) {
  const left = [...root.querySelectorAll("[data-tag-remove]")];
  (
    left[Math.min(at, left.length - 1)] || (popup(root).hidden ? root.querySelector("[data-tag-open]") : input(root))
  ).focus();
}
async function change(root, body) {
  const name = body.add || body.remove;
  const before = options.map((item) => ({ ...item }));
  const option = options.find((item) => item.name === name);
  if (option) option.has = body.add ? "all" : "none";
  else if (body.add) options.push({ name, color: "gray", count: 0, has: "all" });
  draw(root);
  try {
    const response = await send(root.dataset.toggleUrl, { body });
    const answer = await response.json();
    const chips = root.querySelector("[data-tag-chips]");
    const at = [...chips.querySelectorAll("[data-tag-remove]")].indexOf(document.activeElement);
    chips.innerHTML = answer.chips;
    if (at >= 0) focusChip(root, at);
    if (!popup(root).hidden && body.add) {
      input(root).value = "";
      draw(root);
    }
    toast(
      body.add ? `Tagged ${name}.` : `Removed ${name}.`,
      answer.undo ? { undo: () => takeBack(root, answer.undo, name, !body.add) } : {},
    );
  } catch (error) {
    options = before;
    draw(root);
    if (popup(root).hidden) complain(error.message);
    else message(root, error.message);
    return error.message;
  }
  return "";
}
/* The tags are again what they were, by whom and since when. */
async function takeBack(root, url, name, has) {
  try {
    root.querySelector("[data-tag-chips]").innerHTML = (await (await send(url)).json()).chips;
    const option = options.find((item) => item.name === name);
    if (option) option.has = has ? "all" : "none";
    draw(root);
    toast("Undone.");
  } catch (error) {
    complain(error.message);
  }
}
/* A pasted column of names: each is added, and those that are refused are named with the reason. */
async function addAll(root, names) {
  const refused = [];
  for (const name of names) {
    const option = options.find((item) => look(item.name) === look(name));
    if (root.hasAttribute("data-bulk")) {
      if (!option) options.push({ name, color: "gray", count: 0, has: "none" });
      staged.set(option?.name || name, true);
    } else {
      const wrong = await change(root, { add: option?.name || name });
      if (wrong) refused.push(`${name}: ${wrong}`);
    }
  }
  draw(root);
  message(root, refused.join(" "));
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-tag-open]");
  if (opener) {
    const root = rootOf(opener);
    return popup(root).hidden ? open(root) : close(root);
  }
  const remove = event.target.closest("[data-tag-remove]");
  if (remove) return change(rootOf(remove), { remove: remove.dataset.tagRemove });
  const apply = event.target.closest("[data-tag-apply]");
  if (apply) {
    const form = apply.closest("form");
    form.elements.add.value = JSON.stringify([...staged].filter(([, has]) => has).map(([name]) => name));
    form.elements.remove.value = JSON.stringify([...staged].filter(([, has]) => !has).map(([name]) => name));
  }
  document.querySelectorAll("[data-tag-popup]:not([hidden])").forEach((element) => {
    if (!rootOf(element).contains(event.target) && event.target.isConnected) element.hidden = true;
  });
});
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-tag-input]")) return;
  const root = rootOf(event.target);
  active = null;
  draw(root);
  if (!partial) return;
  window.clearTimeout(later);
  later = window.setTimeout(() => {
    const url = new URL(loaded);
    url.searchParams.set("q", event.target.value.trim());
    fetchOptions(root, url);
  }, 180);
});
document.addEventListener("paste", (event) => {
  if (!event.target.matches("[data-tag-input]")) return;
  const { parts, lines } = pasted.parts(event.clipboardData?.getData("text") || "");
  if (!lines || parts.length < 2) return;
  event.preventDefault();
  addAll(rootOf(event.target), parts);
});
document.addEventListener(
  "keydown",
  (event) => {
    const root = rootOf(event.target);
    if (!root) return;
    const chip = event.target.closest("[data-tag-remove]");
    if (chip && event.key === "Backspace") {
      event.preventDefault();
      if (!popup(root).hidden) input(root).focus();
      return change(root, { remove: chip.dataset.tagRemove });
    }
    if (event.key === "Escape" && !popup(root).hidden) {
      event.preventDefault();
      event.stopPropagation();
      return close(root);
    }
  },
  true,
);
