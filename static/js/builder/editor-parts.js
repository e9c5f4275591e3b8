/* Parts of the editors: label(text, input), done(context) -> the button that ends them, fresh() -> an id that is not
 * used yet. */

import { make } from "../shared/dom.js";

let last = 0;
export const fresh = () => `value-${(last += 1)}`;

export function label(text, input) {
  input.id ||= fresh();
  return make("div", { class: "field" }, make("label", { for: input.id, text }), input);
}
export const done = (context) =>
  make(
    "div",
    { class: "popover__foot" },
    make("button", {
      type: "button",
      class: "button button--primary button--small",
      text: "Done",
      on: { click: () => context.finish() },
    }),
  );
