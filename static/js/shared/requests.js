/* Requests from the page: send(url, {method, body, headers, signal}) -> Response, which rejects with a readable Error;
 * complain(text, retry) shows such a text. csrf(strict) -> the token as the cookie has it now, for it changes with every
 * sign-in, in another tab too; without a cookie the page's own, or nothing if strict. */

import { banner } from "./banner.js";
import { OVER, sessionOver } from "./session.js";

export const csrf = (strict) =>
  document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || (strict ? "" : document.body.dataset.csrf);

export async function send(url, { method = "POST", body = {}, headers = {}, signal } = {}) {
  const data = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) for (const item of [value].flat()) data.append(name, item);
  let response;
  try {
    response = await fetch(url, {
      method,
      body: method === "GET" ? undefined : data,
      credentials: "same-origin",
      signal,
      headers: { "X-CSRFToken": csrf(), "X-Requested-With": "fetch", Accept: "application/json", ...headers },
    });
  } catch {
    throw new Error(method === "GET" ? "No connection." : "No connection. Your change was not saved.");
  }
  if (response.status === 401) {
    await new Promise((retry, closed) => sessionOver(retry, () => closed(new Error(OVER))));
    return send(url, { method, body, headers, signal });
  }
  if (!response.ok) {
    const text = await response.text();
    let words = "This did not work. Nothing was changed.";
    try {
      words = JSON.parse(text).message || words;
    } catch {
      if (text.length < 300 && !text.includes("<")) words = text;
    }
    throw new Error(words);
  }
  return response;
}

export function complain(text, retry) {
  if (text.trim() !== OVER) banner(text, retry);
}
