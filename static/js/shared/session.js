/* sessionOver(retry, closed): what one sees when the session is over, wherever that came out. A login is never swapped
 * into the page: a banner links to it in a new tab, and Retry goes on. isOver(response) -> whether that is what the
 * server said. OVER is the first sentence of it. */

import { banner } from "./banner.js";
import { make } from "./dom.js";

export const OVER = "Your session is over.";

/* Without the cookie that a session brings, a form is refused before it is asked who sends it. */
export const isOver = ({ status }) => status === 401 || (status === 403 && !/(?:^|; )csrftoken=/.test(document.cookie));

export function sessionOver(retry, closed) {
  const words = `${OVER} Sign in again in another tab, then retry here; nothing you typed is lost. `;
  banner([words, make("a", { href: "/sign-in/", target: "_blank", text: "Sign in" })], retry, closed);
}
