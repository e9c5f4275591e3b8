/* dateEditors, part of valueEditors: a day and a range of days, typed or picked from one calendar. */

import { make } from "../shared/dom.js";
import { isDay, monthPicker } from "./calendar.js";
import { done, fresh, label } from "./editor-parts.js";

const isDate = (text) =>
  /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text) && isDay(text.slice(0, 10));

/* A day to type, with write(day) for one that was picked. changed(day) gets null for what is no day. */
function dayInput(text, value, changed, enter) {
  const input = make("input", {
    class: "input",
    type: "text",
    placeholder: "2024-06-15",
    autocomplete: "off",
    value: value || "",
  });
  const wrong = make("p", { class: "caption builder__problem", id: fresh(), role: "status" });
  input.setAttribute("aria-describedby", wrong.id);
  function judge() {
    const typed = input.value.trim();
    const fits = isDate(typed);
    wrong.textContent = fits || !typed ? "" : "Write a day like 2024-06-15.";
    input.setAttribute("aria-invalid", String(Boolean(typed) && !fits));
    return fits ? typed : null;
  }
  input.addEventListener("input", () => changed(judge()));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      if (isDate(input.value.trim())) enter();
    }
  });
  const holder = make("div", { class: "stack stack--tight" }, label(text, input), wrong);
  holder.write = (day) => {
    input.value = day || "";
    judge();
  };
  return holder;
}

export const dateEditors = {
  date: (context) => {
    const calendar = monthPicker([context.value], (day) => context.set(day, true));
    const input = dayInput(
      "Day",
      context.value,
      (day) => {
        if (day) calendar.show([day], day);
        context.set(day);
      },
      () => context.finish(),
    );
    return make("div", { class: "stack stack--tight" }, input, calendar, done(context));
  },
  dates_range: (context) => {
    const given = [...(context.value || [null, null])];
    const calendar = monthPicker(given, pick);
    const inputs = ["First day", "Last day"].map((text, at) =>
      dayInput(
        text,
        given[at],
        (day) => changed(at, day),
        () => context.finish(),
      ),
    );
    function changed(at, day) {
      given[at] = day;
      if (day) calendar.show(given, day);
      context.set(given[0] && given[1] ? (given[0] <= given[1] ? [...given] : [given[1], given[0]]) : null);
    }
    /* The first day, then the last; a third press begins anew. */
    function pick(day) {
      const next = given[0] && !given[1] ? (day < given[0] ? [day, given[0]] : [given[0], day]) : [day, null];
      given.splice(0, 2, ...next);
      inputs.forEach((item, at) => item.write(given[at]));
      calendar.show(given, day);
      context.set(given[1] ? [...given] : null);
      calendar.querySelector('[tabindex="0"]')?.focus();
    }
    return make(
      "div",
      { class: "stack stack--tight" },
      make("div", { class: "popover__pair" }, inputs),
      calendar,
      done(context),
    );
  },
};
