/* [data-zone-input]: a time zone by typing a city or a country. The zones are those of its <datalist>, each with what
 * else is there as its label, "France; Lyon; Nice". [data-zone-now] beside it says what time it is there.
 * input[data-browser-zone] starts with the time zone of this browser. */

import { combobox, look } from "./shared/combobox.js";
import { make } from "./shared/dom.js";
import { keepInside } from "./shared/placing.js";

const MOST = 50; // options shown at once

/* As people type it: without case, accents and underscores. */
const plain = (text) => look(text.replaceAll("_", " ").normalize("NFD").replace(/\p{M}/gu, ""));

function clock(zone, options) {
  try {
    return new Intl.DateTimeFormat(undefined, { timeZone: zone, ...options }).format(new Date());
  } catch {
    return ""; // no zone yet
  }
}
const shortTime = (zone) => clock(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

function zonesOf(datalist) {
  return [...datalist.options].map(({ value, label }) => {
    const also = label && label !== value ? label.split("; ") : [];
    const city = value.split("/").at(-1).replaceAll("_", " ");
    const names = [city, ...also].map((name) => ({ name, plain: plain(name) }));
    return { value, city, country: value === "UTC" ? "" : also[0] || "", names, whole: plain(value) };
  });
}
/* How near a zone is to what was typed (less is nearer), and the name of it that was meant; null if it is not. */
function match(zone, typed) {
  const begins = zone.names.find((name) => name.plain.startsWith(typed));
  const holds = zone.names.find((name) => name.plain.includes(` ${typed}`));
  const found = begins || holds;
  if (!found && !zone.whole.includes(typed)) return null;
  const large = zone.names.length > 3 ? 1 : 0; // Paris before Paramaribo
  const far = (found?.plain === typed ? 0 : begins ? 2 : found ? 4 : 6) - large;
  return { zone, far, meant: found?.name || zone.city };
}
function option({ zone, meant }) {
  const place = meant === zone.country ? zone.city : meant;
  return {
    value: zone.value,
    name: zone.value,
    class: "combobox__option zone__option",
    parts: [
      make("span", { class: "zone__place", text: [place, zone.country].filter(Boolean).join(", ") }),
      make("span", { class: "zone__name muted caption", text: zone.value }),
      make("span", { class: "zone__time muted caption", text: shortTime(zone.value) }),
    ],
  };
}

function start(root) {
  const input = root.querySelector("input");
  const popup = root.querySelector("[data-zone-popup]");
  const now = root.parentElement.querySelector("[data-zone-now]");
  const zones = zonesOf(root.querySelector("datalist"));
  input.removeAttribute("list"); // the browser's own list would lie over this one
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": root.querySelector("[data-zone-list]").id,
    spellcheck: "false",
  }))
    input.setAttribute(name, value);

  const sayTime = () => {
    const time = clock(input.value.trim(), { weekday: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    now.textContent = time && `It is ${time} there now.`;
  };
  const close = () => {
    popup.hidden = true;
    input.setAttribute("aria-expanded", "false");
  };
  const pick = ({ value }) => {
    if (!value) return;
    input.value = value;
    sayTime();
    close();
  };
  const box = combobox({
    input,
    list: root.querySelector("[data-zone-list]"),
    pick,
    enter: () => (popup.hidden || !box.active ? input.form.requestSubmit() : pick(box.active)),
  });
  const open = () => {
    const typed = plain(input.value);
    const chosen = zones.some((zone) => zone.value === input.value);
    const found = (chosen ? zones.map((zone) => match(zone, "")) : zones.map((zone) => match(zone, typed)))
      .filter(Boolean)
      .sort((one, other) => one.far - other.far || one.zone.value.localeCompare(other.zone.value))
      .slice(0, MOST);
    popup.hidden = false;
    input.setAttribute("aria-expanded", "true");
    const nothing = make("div", {
      class: "combobox__option muted",
      text: "No city or country is called so. Try a larger city nearby.",
    });
    box.show(found.map(option), chosen ? -1 : 0, nothing);
    keepInside(popup);
  };
  input.addEventListener("input", () => {
    sayTime();
    if (input.value.trim()) open();
    else close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !popup.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "ArrowDown" && popup.hidden) open();
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", close);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (input.hasAttribute("data-browser-zone") && own) input.value = own;
  sayTime();
}
document.querySelectorAll("[data-zone-input]").forEach(start);
