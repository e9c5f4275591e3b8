/* What a typed text can mean as the value of a condition: text, number and item, each
 * {read(text, known) -> values, likeliest first; wrong(text) -> why there is none}. `known` is what the server said of
 * the attribute: {values: [{value}], types: ["number", "string", "boolean"], commonest first, of a list's items}.
 * kind(value) says what a value is, where two look the same; looksTyped(value), whether a text could be taken for a
 * number or for true or false. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/* The digits that count and the power of ten: equal for all ways to write one number. */
function written(text) {
  const [, sign, whole, fraction = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const digits = (whole + fraction).replace(/^0+/, "");
  const short = digits.replace(/0+$/, "");
  return short && `${sign}${short}e${Number(power) - fraction.length + digits.length - short.length}`;
}
function asNumber(text) {
  const typed = text.trim();
  if (!NUMBER.test(typed)) return { reason: "Type a number such as 42 or 0.5." };
  const value = Number(typed);
  const whole = Number.isInteger(value) && !/[.eE]/.test(typed);
  if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value)) || written(typed) !== written(String(value))) {
    return { reason: `${typed} has more digits than a number keeps.` }; // another number would be stored
  }
  return { value: value === 0 ? 0 : value };
}
const number = {
  read: (text) => {
    const { value } = asNumber(text);
    return value === undefined ? [] : [value];
  },
  wrong: (text) => asNumber(text).reason || "",
};
const text = { read: (typed) => [typed], wrong: () => "" };
const KINDS = { string: "text", number: "number", boolean: "true or false" };
/* An item of a list: of the readings one that users have, else one of the types that the items of this list have. */
const item = {
  read: (typed, known = {}) => {
    const truth = { true: true, false: false }[typed.trim().toLowerCase()];
    const all = [typed, ...number.read(typed), ...(truth === undefined ? [] : [truth])];
    const place = (found) => (found < 0 ? Infinity : found);
    const held = (value) => place((known.values || []).findIndex((option) => option.value === value));
    const rank = (value) => place((known.types || []).indexOf(typeof value));
    const likely = all.filter((value) => held(value) < Infinity || rank(value) < Infinity);
    const order = (one, other) =>
      (held(one) === held(other) ? 0 : held(one) - held(other)) ||
      (rank(one) === rank(other) ? 0 : rank(one) - rank(other));
    return (likely.length ? likely : known.types?.length ? [typed] : all).sort(order);
  },
  wrong: () => "",
};
const looksTyped = (value) => typeof value === "string" && item.read(value).length > 1;
const kind = (value) => KINDS[typeof value];
export { text, number, item, looksTyped, kind };
