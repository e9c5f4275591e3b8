/* banner(words, retry, closed): what went wrong, at the bottom of the page, with Retry if there is something to retry.
 * `words` are a text or a list of texts and elements. The newest takes the place of the one before. */

import { make } from "./dom.js";

export function banner(words, retry, closed) {
  document.querySelector(".offline")?.remove();
  const element = make("div", { class: "offline", role: "alert" });
  const button = (text, act) =>
    make("button", {
      class: "button button--small",
      text,
      on: {
        click: () => {
          element.remove();
          act?.();
        },
      },
    });
  element.append(...[words].flat(), ...(retry ? [button("Retry", retry)] : []), button("Close", closed));
  document.body.append(element);
}
