/* While the page has a [data-computing], it is asked for every 2 s, and each [data-refresh] that changed gives way to
 * the new one of the same id, unless focus is in it. Pauses when the page is hidden. */

import { announce } from "./shared/announce.js";
import { ask as request } from "./shared/requests.js";

const EVERY = 2000;
let busy = false;

async function ask() {
  if (busy || document.hidden || !document.querySelector("[data-computing]")) return;
  busy = true;
  try {
    const response = await request(location.href);
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    let held = false;
    document.querySelectorAll("[data-refresh]").forEach((old) => {
      const found = page.getElementById(old.id);
      if (!found || old.outerHTML === found.outerHTML) return;
      if (old.contains(document.activeElement)) {
        held = true;
        return;
      }
      const made = document.importNode(found, true);
      old.replaceWith(made);
      window.htmx.process(made);
    });
    if (page.querySelector("[data-computing]") || held) return; // asked again
    document.querySelectorAll("[data-computing]").forEach((item) => item.removeAttribute("data-computing"));
    announce("The members are computed");
  } catch {
    /* offline: asked again soon */
  } finally {
    busy = false;
  }
}
window.setInterval(ask, EVERY);
