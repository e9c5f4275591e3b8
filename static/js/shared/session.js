/* sessionOver(retry, closed): what one sees when the session is over, wherever that came out. A login is never swapped into
 * the page: a banner links to it in a new tab, and Retry goes on. OVER is its first sentence. */

import { banner } from "./banner.js";

export const OVER = "Your session is over.";

export function sessionOver(retry, closed) {
  banner(`${OVER} Sign in again in another tab, then retry here; nothing you typed is lost. `, retry, closed);
  const link = document.createElement("a");
  link.href = "/sign-in/";
  link.target = "_blank";
  link.textContent = "Sign in";
  document.querySelector(".offline button").before(link);
}
