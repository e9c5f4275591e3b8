/* Every request of the page's scripts. ask(url, {method, body, headers, signal}) -> Response of any
 * status; throws NoAnswer where none came, and what `signal` throws where its owner gave up. `body` is a FormData or an
 * object of texts and lists of texts.
 * send(url, {..., changes}) -> Response that went well. With the session over it asks to sign in, then goes on. Else it
 * throws an Error with words for people, of a refusal with {status, answer}; changes: false for a POST that only asks.
 * reason(status, text) -> those words; complain(text, retry) shows them, unless they have been said.
 * quietly(action, request) -> how htmx fetches: what a newer request took the place of, before its answer or in the
 * middle of it, is answered with nothing.
 * csrf() -> the token as the cookie has it now, for it changes with every sign-in, in another tab too; without a cookie
 * the page's own. */

import { banner } from "./banner.js";
import { OVER, isOver, sessionOver } from "./session.js";

const LONGEST = 60000; // ms, the answer's body included

export class NoAnswer extends Error {}

export const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || document.body.dataset.csrf;

function encoded(body) {
  if (!body || body instanceof FormData) return body;
  const data = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) for (const item of [value].flat()) data.append(name, item);
  return data;
}

export async function ask(url, { method = "GET", body, headers = {}, signal } = {}) {
  const limit = AbortSignal.timeout(LONGEST);
  try {
    return await fetch(url, {
      method,
      body: encoded(body),
      credentials: "same-origin",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: { "X-CSRFToken": csrf(), "X-Requested-With": "fetch", ...headers },
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new NoAnswer("No connection.");
  }
}

export async function quietly(action, request) {
  try {
    const response = await fetch(action, request);
    const text = await response.text();
    response.text = () => Promise.resolve(text);
    return response;
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 204 });
    throw error;
  }
}

export function reason(status, text) {
  try {
    const { message } = JSON.parse(text);
    if (message) return message;
  } catch {
    if (text && text.length < 400 && !text.includes("<")) return text;
  }
  return status === 403 ? "Your role does not allow this." : "This did not work. Nothing was changed.";
}

export async function send(url, { method = "POST", body = {}, headers = {}, signal, changes = method !== "GET" } = {}) {
  let response;
  try {
    response = await ask(url, {
      method,
      body: method === "GET" ? undefined : body,
      headers: { Accept: "application/json", ...headers },
      signal,
    });
  } catch (error) {
    if (error instanceof NoAnswer && changes) error.message += " Your change was not saved.";
    throw error;
  }
  if (isOver(response)) {
    await new Promise((retry, closed) => sessionOver(retry, () => closed(new Error(OVER))));
    return send(url, { method, body, headers, signal, changes });
  }
  if (response.ok) return response;
  const text = await response.text();
  let answer = {};
  try {
    answer = JSON.parse(text);
  } catch {
    /* a page, or plain words */
  }
  throw Object.assign(new Error(reason(response.status, text)), { status: response.status, answer });
}

export function complain(text, retry) {
  if (text.trim() !== OVER) banner(text, retry);
}
