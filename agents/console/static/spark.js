// Small drawings without a library: a line over a day, and a strip of outcomes. Colours come from classes.
import { html } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 24;

/** A line over `values`, oldest first; null breaks it. `label` says it in words for who cannot see it. */
export function Spark({ values, label, tone = "info" }) {
  const known = (values ?? []).filter((one) => one !== null);
  if (known.length === 0) return html`<span class="unknown spark-none">none yet</span>`;
  const most = Math.max(...known, 1);
  const step = WIDTH / Math.max(values.length - 1, 1);
  const peak = Math.max(...known);
  return html`<span class="spark-line"><svg class="spark spark-${tone}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}: ${peak} at most, ${known[known.length - 1]} at last">
    <path d=${path(values, step, most)} vector-effect="non-scaling-stroke" />
  </svg><span class="spark-peak" aria-hidden="true" title="at most">${peak > 0 ? `≤ ${peak.toLocaleString("en-GB")}` : ""}</span></span>`;
}

function path(values, step, most) {
  let pen = "M";
  const points = [];
  values.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    points.push(`${pen}${(index * step).toFixed(1)} ${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`);
    if (pen === "M" && (values[index + 1] ?? null) === null) points.push(`l0.1 0`); // a single point is seen
    pen = "L";
  });
  return points.join("");
}

/** Outcomes side by side, oldest first: `{ tone, label }` each. */
export function Strip({ of, label }) {
  if (of.length === 0) return html`<span class="muted">none yet</span>`;
  return html`<span class="strip" role="img" aria-label=${label}>${of.map((one) => html`<i class="strip-${one.tone}" title=${one.label}></i>`)}</span>`;
}

const DAY_MS = 86_400_000;

/** Slots, `{ at, tone, label }` each, on a calendar of so many days up to `now`: a column a day, a day of no slot being empty. */
export function Days({ of, days, now, label }) {
  const today = Math.floor(now / DAY_MS);
  const columns = Array.from({ length: days }, (_, index) => today - days + 1 + index);
  const name = (day) => new Date(day * DAY_MS).toISOString().slice(5, 10);
  return html`<div class="days"><div class="days-row" role="img" aria-label=${label}>${columns.map((day) => {
    const found = of.filter((one) => Math.floor(Date.parse(one.at) / DAY_MS) === day);
    return html`<span class="day" key=${day} title=${name(day)}>${found.map((one) => html`<i class="strip-${one.tone}" title=${one.label}></i>`)}</span>`;
  })}</div><div class="days-ends" aria-hidden="true"><span>${name(columns[0])}</span><span>today, UTC</span></div></div>`;
}
