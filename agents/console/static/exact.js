// JSON as it came: a whole number that a double cannot hold keeps its digits, as an id of another system may be one.

const HELD = typeof JSON.rawJSON === "function";

/** `JSON.parse`; where the browser can, greater whole numbers stay as they are written. */
export const parse = (text) => JSON.parse(text, HELD ? kept : undefined);

function kept(_name, value, context) {
  const lost = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "");
  return lost ? JSON.rawJSON(context.source) : value;
}

/** A value of JSON as a word: texts as they are, all else as JSON has it. */
export const worded = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** True for an object or a list of JSON, which a number with all its digits is not. */
export const nested = (value) => value !== null && typeof value === "object" && !(HELD && JSON.isRawJSON(value));
