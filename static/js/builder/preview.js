/* The live count of a rule: rulePreview(url, show) -> {ask(rule, map), retry(), check(rule)}. Counting starts 300 ms
 * after the last change, late answers are dropped, after 3 s it says that it still counts. show(state) gets {busy,
 * slow, answer, errors, failed, map}. check(rule) -> Promise of the errors of any JSON, counting apart. */

import { send } from "../shared/requests.js";

export function rulePreview(url, show) {
  let timer = null;
  let slow = null;
  let controller = null;
  let asked = null;

  const post = (rule, signal) => send(url, { body: { rule: JSON.stringify(rule) }, signal, changes: false });
  async function count(rule, map) {
    controller?.abort();
    controller = new AbortController();
    const mine = controller;
    window.clearTimeout(slow);
    slow = window.setTimeout(() => {
      if (!mine.signal.aborted) show({ busy: true, slow: true, map });
    }, 3000);
    try {
      const answer = await (await post(rule, mine.signal)).json();
      if (!mine.signal.aborted) show({ answer, map });
    } catch (error) {
      if (mine.signal.aborted) return;
      if (error.status === 422 && error.answer.errors) show({ errors: error.answer.errors, map });
      else show({ failed: error.message, map });
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
      try {
        await post(rule, signal);
        return [];
      } catch (error) {
        if (error.status === 422) return error.answer.errors;
        throw error;
      }
    },
    retry() {
      if (asked) {
        show({ busy: true, map: asked[1] });
        count(...asked);
      }
    },
  };
}
