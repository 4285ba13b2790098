// Instants and lengths of time in words. All clocks are UTC; `now` is in milliseconds and always given, never read.

const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

/** Milliseconds of an ISO instant, or null. */
export function instant(iso) {
  const at = typeof iso === "string" ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** A length in its greatest unit: `12 s`, `3 min`, `36 h`, `5 d`. Two days are still hours. */
export function length(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "unknown";
  const whole = Math.max(0, Math.floor(seconds));
  const [size, name] = UNITS.find(([one]) => whole >= (one === 86_400 ? 2 * one : one)) ?? [1, "s"];
  return `${Math.floor(whole / size)} ${name}`;
}

/** What is left of a length, in its two greatest units: `1 h 59 min`, `3 min`, `40 s`. */
export function left(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return length(seconds);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1 like`, `2 likes`; `unknown likes` for null. `what` in the plural. */
export function counted(count, what) {
  const word = count === 1 ? what.replace(/([^s])s$/, "$1") : what;
  return `${count === null || count === undefined ? "unknown" : count.toLocaleString("en-GB")} ${word}`;
}

/** How long ago, or how soon: `now`, `12 s ago`, `in 3 h`; `never` for no instant. */
export function ago(iso, now) {
  const at = instant(iso);
  if (at === null) return "never";
  const seconds = (now - at) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  return seconds > 0 ? `${length(seconds)} ago` : `in ${length(-seconds)}`;
}

/** `2026-11-26 18:58:03Z`, to the second. */
export function utc(iso) {
  const at = instant(iso);
  return at === null ? "unknown" : `${new Date(at).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** `18:58Z` on the day of `now`, else with the date: `25 Nov 18:58Z`. */
export function since(iso, now) {
  const at = instant(iso);
  if (at === null) return "unknown";
  const text = new Date(at).toISOString();
  const clock = `${text.slice(11, 16)}Z`;
  if (text.slice(0, 10) === new Date(now).toISOString().slice(0, 10)) return clock;
  const month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][Number(text.slice(5, 7)) - 1];
  return `${Number(text.slice(8, 10))} ${month} ${clock}`;
}

/** A text with instants in it as one reads them: `18:58Z` in place of `2026-03-02T18:58:03.123Z`. */
export function brief(text, now) {
  return String(text).replace(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g, (iso) => since(iso, now));
}

const AGO = /^(\d+)\s*(min|m|h|d)$/;
const STAMP = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?))?Z?$/;
const SECONDS = { m: 60, min: 60, h: 3_600, d: 86_400 };

/** An instant as it is typed, `2h` ago or `2026-11-26 18:00` in UTC, as ISO 8601; empty for what is neither. */
export function instantOf(text, now) {
  const [, count, unit] = AGO.exec(text.trim()) ?? [];
  if (count) return `${new Date(now - Number(count) * SECONDS[unit] * 1000).toISOString().slice(0, 19)}Z`;
  const [, day, clock] = STAMP.exec(text.trim()) ?? [];
  const at = day ? Date.parse(`${day}T${(clock ?? "00:00").padEnd(3, ":").padEnd(5, "0")}Z`) : Number.NaN;
  return Number.isNaN(at) ? "" : `${new Date(at).toISOString().slice(0, 19)}Z`;
}
