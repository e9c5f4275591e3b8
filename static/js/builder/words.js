/* Conditions in words, from what the server says of fields and operators: value(schema, operator, value),
 * number(value), quoted(value), item(value) of a list; fieldOf(schema, name), operatorOf(schema, node),
 * finished(schema, node). Schema: {fields: Map, operators: Map("type:name"), types, units, segments: Map, groups: Map,
 * users}. */

import { thousands as number } from "../shared/number.js";
import * as projectTime from "../shared/project-time.js";
import * as readings from "./readings.js";

/* Grouped, with the digits that it has: 1234.5 is 1,234.5. */
const grouped = (value) =>
  String(value).replace(/^-?\d{4,}(?![\de])/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
/* A day as it is, an instant in the project's zone. */
function date(value) {
  if (!value.includes("T")) return projectTime.day(value);
  return projectTime.exact(new Date(/Z$|[+-]\d\d:\d\d$/.test(value) ? value : `${value}Z`));
}
const quoted = (value) => (value === "" ? "empty text" : String(value));

/* An item of a list, where 2 and "2" differ. */
const item = (value) => (readings.looksTyped(value) ? JSON.stringify(value) : quoted(value));

function list(values, joint, words = quoted) {
  if (!values.length) return "…";
  const shown = values.slice(0, 3).map(words);
  if (values.length > 3) return `${shown.join(", ")} ${joint} ${number(values.length - 3)} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(", ")} ${joint} ${shown.at(-1)}` : shown[0];
}
function period(schema, { n, unit }) {
  const many = schema.units.find((known) => known.unit === unit)?.many || unit;
  return `${number(n)} ${n === 1 ? unit : many}`;
}
const segment = (schema, pk) => schema.segments.get(pk)?.name || `segment ${pk}`;

function value(schema, operator, given) {
  return [operand(schema, operator, given), operator.tail].filter(Boolean).join(" ");
}
function operand(schema, operator, given) {
  if (given === undefined || given === null) return "";
  switch (operator.operand) {
    case "none":
      return "";
    case "texts":
      return list(given, "or");
    case "number":
      return grouped(given);
    case "numbers":
      return list(given, "or", grouped);
    case "date":
      return date(given);
    case "item":
      return item(given);
    case "items":
      return list(given, operator.name === "includes_all" ? "and" : "or", item);
    case "numbers_range":
      return `${grouped(given[0])} and ${grouped(given[1])}`;
    case "dates_range":
      return `${date(given[0])} and ${date(given[1])}`;
    case "period":
      return period(schema, given);
    case "segment":
      return segment(schema, given);
    case "segment_period":
      return `${segment(schema, given.segment)} for ${period(schema, given)}`;
    case "pattern":
      return `/${given}/`;
    default:
      return quoted(given);
  }
}
const fieldOf = (schema, name) => schema.fields.get(name);
const operatorOf = (schema, node) => schema.operators.get(`${fieldOf(schema, node.field)?.type}:${node.operator}`);

const isText = (given) => typeof given === "string";
const isNumber = (given) => typeof given === "number";
const isPeriod = (given) => Number.isInteger(given?.n) && given.n > 0 && isText(given.unit);
const isList = (test) => (given) => Array.isArray(given) && given.length > 0 && given.every(test);
const isPair = (test) => (given) => Array.isArray(given) && given.length === 2 && given.every(test);
const isItem = (given) => ["string", "number", "boolean"].includes(typeof given);
const FITS = {
  text: isText,
  texts: isList(isText),
  pattern: (given) => isText(given) && given !== "",
  number: isNumber,
  numbers: isList(isNumber),
  numbers_range: isPair(isNumber),
  date: isText,
  dates_range: isPair(isText),
  period: isPeriod,
  item: isItem,
  items: isList(isItem),
  segment: Number.isInteger,
  segment_period: (given) => Number.isInteger(given?.segment) && isPeriod(given),
};

/* A condition on something that the schema does not know (a deleted attribute) counts as finished: leaving it out
 * without a word would change what the rule says; the server answers what is wrong with it. */
function finished(schema, node) {
  if (node.field && node.operator && (!fieldOf(schema, node.field) || !operatorOf(schema, node))) return true;
  const operator = operatorOf(schema, node);
  if (!operator) return false;
  const given = node.value;
  if (operator.operand === "none") return true;
  return (FITS[operator.operand]?.(given) ?? true) && !(operator.needle && given === "");
}

export { value, finished, fieldOf, operatorOf, number, quoted, item };
