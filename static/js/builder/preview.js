/* The live count of a rule: rulePreview(url, show) -> {ask(rule, map), retry(), check(rule)}. Counting starts 300 ms after the
 * last change, late answers are dropped, after 3 s it says that it still counts. show(state) gets
 * {busy, slow, answer, errors, failed, map}. check(rule) -> Promise of the errors of any JSON, counting apart. */

import { csrf } from "../shared/requests.js";

export function rulePreview(url, show) {
  let timer = null;
  let slow = null;
  let controller = null;
  let asked = null;

  const post = (rule, signal) =>
    fetch(url, {
      method: "POST",
      body: new URLSearchParams({ rule: JSON.stringify(rule) }),
      signal,
      credentials: "same-origin",
      headers: { "X-CSRFToken": csrf(), "X-Requested-With": "fetch", Accept: "application/json" },
    });
  async function count(rule, map) {
    controller?.abort();
    controller = new AbortController();
    const mine = controller;
    window.clearTimeout(slow);
    slow = window.setTimeout(() => {
      if (!mine.signal.aborted) show({ busy: true, slow: true, map });
    }, 3000);
    try {
      const response = await post(rule, mine.signal);
      const body = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
      if (mine.signal.aborted) return;
      if (response.ok) show({ answer: body, map });
      else if (response.status === 422 && body.errors) show({ errors: body.errors, map });
      else
        show({
          failed:
            response.status === 401
              ? "Your session is over. Sign in again in another tab."
              : body.message || "Counting did not work.",
          map,
        });
    } catch (error) {
      if (error.name !== "AbortError") show({ failed: "No connection.", map });
    } finally {
      if (controller === mine) window.clearTimeout(slow);
    }
  }
  return {
    ask(rule, map) {
      window.clearTimeout(timer);
      controller?.abort();
      window.clearTimeout(slow);
      asked = [rule, map];
      if (!rule) return show({ answer: null, map });
      show({ busy: true, map });
      timer = window.setTimeout(() => count(rule, map), 300);
    },
    async check(rule, signal) {
      const response = await post(rule, signal);
      return response.status === 422 ? (await response.json()).errors : [];
    },
    retry() {
      if (asked) {
        show({ busy: true, map: asked[1] });
        count(...asked);
      }
    },
  };
}
