/* A month to pick a day from: monthPicker(chosen, pick) -> element with show(chosen, day); chosen are one day, or the
 * first and last of a range. A grid with arrows, PageUp and PageDown for months, Home and End for the week; Enter
 * picks. Days are plain dates, as isDay(text) knows them; today is that of the project's zone. */

import { make } from "../shared/dom.js";
import * as projectTime from "../shared/project-time.js";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
export const isDay = (text) => {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && iso(day) === text;
};
const iso = (day) => day.toISOString().slice(0, 10);
const parse = (text) =>
  /^\d{4}-\d\d-\d\d/.test(text || "") && isDay(text.slice(0, 10)) ? new Date(`${text.slice(0, 10)}T00:00:00Z`) : null;
const days = (given) =>
  given
    .filter(Boolean)
    .map((day) => String(day).slice(0, 10))
    .sort();
const shifted = (day, days) => new Date(day.getTime() + days * 86400000);
function months(day, by) {
  const first = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + by, 1));
  const length = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(day.getUTCDate(), length));
  return first;
}

export function monthPicker(given, pick) {
  const today = parse(projectTime.today());
  let chosen = days(given);
  let at = parse(chosen.at(-1)) || today;
  const root = make("div", { class: "calendar" });

  function draw(focus) {
    const first = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));
    const start = shifted(first, -((first.getUTCDay() + 6) % 7));
    const move = (by) => () => {
      at = months(at, by);
      draw();
      root.querySelectorAll(".calendar__head button")[by > 0 ? 1 : 0].focus();
    };
    const title = `${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
    const rows = [0, 1, 2, 3, 4, 5].map((week) =>
      make(
        "tr",
        { role: "row" },
        DAYS.map((_, day) => {
          const here = shifted(start, week * 7 + day);
          const text = iso(here);
          const on = chosen.includes(text);
          const between = chosen.length > 1 && chosen[0] < text && text < chosen[1];
          const out = here.getUTCMonth() !== at.getUTCMonth();
          return make(
            "td",
            { role: "gridcell", "aria-selected": String(on || between) },
            make("button", {
              type: "button",
              class: `calendar__day${out ? " calendar__day--out" : ""}${between ? " calendar__day--between" : ""}`,
              text: String(here.getUTCDate()),
              "data-day": text,
              tabindex: text === iso(at) ? "0" : "-1",
              "aria-label": `${here.getUTCDate()} ${MONTHS[here.getUTCMonth()]} ${here.getUTCFullYear()}`,
              "aria-pressed": String(on),
              "aria-current": text === iso(today) ? "date" : null,
              on: { click: () => pick(text) },
            }),
          );
        }),
      ),
    );
    root.replaceChildren(
      make(
        "div",
        { class: "calendar__head" },
        make("button", {
          type: "button",
          class: "icon-button",
          "aria-label": "Month before",
          text: "‹",
          on: { click: move(-1) },
        }),
        make("strong", { text: title, "aria-live": "polite" }),
        make("button", {
          type: "button",
          class: "icon-button",
          "aria-label": "Month after",
          text: "›",
          on: { click: move(1) },
        }),
      ),
      make(
        "table",
        { "aria-label": title, role: "grid" },
        make(
          "thead",
          { role: "rowgroup" },
          make(
            "tr",
            { role: "row" },
            DAYS.map((day) => make("th", { scope: "col", role: "columnheader", text: day })),
          ),
        ),
        make("tbody", { role: "rowgroup" }, rows),
      ),
    );
    if (focus) root.querySelector(`[data-day="${iso(at)}"]`)?.focus();
  }
  root.addEventListener("keydown", (event) => {
    if (!event.target.dataset.day) return;
    const weekday = (at.getUTCDay() + 6) % 7;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, Home: -weekday, End: 6 - weekday };
    if (event.key in steps) at = shifted(at, steps[event.key]);
    else if (event.key === "PageUp") at = months(at, -1);
    else if (event.key === "PageDown") at = months(at, 1);
    else return;
    event.preventDefault();
    draw(true);
  });
  root.show = (next, text) => {
    chosen = days(next);
    at = parse(text) || at;
    draw();
  };
  draw();
  return root;
}
