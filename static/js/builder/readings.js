/* What a typed text can mean as the value of a condition: window.readings.text, .number and .item, each
 * {read(text) -> values, likeliest first; wrong(text) -> why there is none}. */
(() => {
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
  const number = { read: (text) => { const { value } = asNumber(text); return value === undefined ? [] : [value]; }, wrong: (text) => asNumber(text).reason || "" };
  const text = { read: (typed) => [typed], wrong: () => "" };
  const item = {
    read: (typed) => {
      const truth = { true: true, false: false }[typed.trim()];
      return [typed, ...number.read(typed), ...(truth === undefined ? [] : [truth])];
    },
    wrong: () => "",
  };
  window.readings = { text, number, item };
})();
