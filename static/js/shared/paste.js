/* What was pasted, in parts: parts(text) -> {parts, whole}. Line breaks and tabs alone split a text that has
 * them, as a spreadsheet's cells do, quoted or not; else semicolons, else commas, and `whole` is the text in one piece.
 * report({added, repeated, left}, one, act) -> elements that say what became of every part: left is
 * [{at, part, why}], `one` offers to keep the text as one value (act is called then).
 * refuseLines(event, say, several): an input of one value takes one line; others would be glued together. */

import { make } from "./dom.js";
import { thousands } from "./number.js";

function split(text, marks) {
  const quoted = new RegExp(`[ ]*"((?:[^"]|"")*)"[ ]*(?=[${marks}]|$)`, "y");
  const bare = new RegExp(`[^${marks}]*`, "y");
  const parts = [];
  for (let at = 0; at <= text.length; at += 1) {
    // one step past each mark
    quoted.lastIndex = bare.lastIndex = at;
    const cell = quoted.exec(text);
    parts.push(cell ? cell[1].replaceAll('""', '"') : bare.exec(text)[0].trim());
    at = cell ? quoted.lastIndex : bare.lastIndex;
  }
  return parts.filter((part) => part !== "");
}
export function parts(text) {
  if (/[\t\r\n]/.test(text)) return { parts: split(text, "\\t\\r\\n"), lines: true };
  const mark = [";", ","].find((sign) => text.includes(sign));
  return mark ? { parts: split(text, mark), whole: text.trim() } : { parts: [text] };
}

export function report({ added, repeated, left }, one, act) {
  const said = [
    `${thousands(added)} added`,
    repeated && `${thousands(repeated)} chosen already`,
    left.length && `${thousands(left.length)} left out`,
  ]
    .filter(Boolean)
    .join(", ");
  return [
    make("span", { text: `${said}. ` }),
    one &&
      make("button", {
        type: "button",
        class: "link-button",
        text: `Keep "${one.length > 40 ? `${one.slice(0, 40)}…` : one}" as one`,
        on: { click: act },
      }),
    left.length > 0 &&
      make(
        "ul",
        { class: "popover__left", "aria-label": "Left out", tabindex: "0" },
        left.map(({ at, part, why }) => make("li", { text: `${thousands(at)}. ${part}: ${why}` })),
      ),
  ].filter(Boolean);
}

export function refuseLines(event, say, several) {
  const lines = (event.clipboardData?.getData("text") || "").split(/[\t\r\n]+/).filter((line) => line.trim());
  if (lines.length < 2) return;
  event.preventDefault();
  const instead = several ? ` Choose "${several}" to use them all.` : "";
  say(`This takes one value, and ${thousands(lines.length)} lines were pasted: nothing was taken.${instead}`);
}
