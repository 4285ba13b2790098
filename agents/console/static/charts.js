// What was measured every five minutes, with what changed meanwhile; a range that is dragged leads to its jobs and dead letters.
import { html, useMemo } from "./dom.js";
import { useAsked, useNow } from "./asking.js";
import { Chart } from "./chart.js";
import { JobTable } from "./jobs.js";
import { usePages } from "./listing.js";
import { go, link } from "./router.js";
import { ago, length, since, utc } from "./time.js";
import { Age, Card, Line, Nothing, State } from "./ui.js";

const WINDOWS = { "1h": "1 hour", "24h": "24 hours", "7d": "7 days" };
const MOST_QUEUES = 6;
const LENGTHS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 172_800, 604_800]; // seconds
const LEAST_QUEUES = 2; // so many are shown although nothing waits
const whole = (value) => (value >= 10_000 ? `${Math.round(value / 1000).toLocaleString("en-GB")}k` : Number.isInteger(value) ? value.toLocaleString("en-GB") : value.toFixed(1));

/** `#/charts?window=24h&since=…&until=…` */
export function View({ parts, query }) {
  const window = Object.hasOwn(WINDOWS, query.window ?? "") ? query.window : "24h";
  const asked = useAsked("series", { query: { window }, seconds: 60 });
  const found = asked.document;
  const ranged = (from, until) => go(parts, { window, since: from, until });
  const range = query.since && query.until ? [query.since, query.until] : null;
  const charts = useMemo(() => (found ? chartsOf(found) : []), [found]);
  return html`<div class="view"><header class="view-head"><h1>Charts</h1>
      <div class="tabs" role="group" aria-label="how far back">${Object.entries(WINDOWS).map(([word, text]) => html`<a class="copy" href=${link(parts, { window: word })} aria-current=${word === window ? "true" : null}>${text}</a>`)}</div>
      <${Age} asked=${asked} /></header>
    <p class="small muted age-note">Drag over a chart to see the jobs of that time, or choose a row of its table. A gap is time of which nothing is known. ${found?.countedTo ? html`Counted up to ${utc(found.countedTo).slice(0, 16)}Z.` : ""}</p>
    ${found === null && html`<div class="card"><${Nothing} asked=${asked} empty="" /></div>`}
    <div class="charts">${charts.map((one) => html`<${Chart} key=${one.title} ...${one} at=${found.at} marks=${found.marks} step=${found.stepSeconds} ranged=${ranged} range=${range} />`)}${found && html`<${Marks} marks=${found.marks} />`}</div>
    ${query.since && query.until && html`<${Range} window=${window} from=${query.since} until=${query.until} parts=${parts} />`}
    <${Line} command=${`python -m opsctl series --window ${window}`} /></div>`;
}

function chartsOf({ series, currency }) {
  const line = (name, label, tone) => ({ label, values: series[name] ?? [], tone });
  const queues = (ending) => Object.keys(series)
    .filter((name) => name.startsWith("queue.") && name.endsWith(`.${ending}`))
    .map((name) => line(name, name.slice("queue.".length, -ending.length - 1)))
    .sort((a, b) => most(b.values) - most(a.values))
    .filter((one, place) => most(one.values) > 0 || (place < LEAST_QUEUES && !one.label.endsWith("-poison"))).slice(0, MOST_QUEUES);
  return [
    { title: "Jobs", unit: whole, lines: [line("jobs.ended", "ended", "info"), line("jobs.dead", "dead", "page"), line("jobs.deferred", "deferred", "ticket")] },
    { title: "Attempts", unit: whole, lines: [line("attempts.total", "all", "info"), line("attempts.failed", "failed", "page")] },
    { title: "Depth of the queues", unit: whole, lines: queues("depth") },
    { title: "Age of the oldest message", unit: length, splits: LENGTHS, lines: queues("age_seconds") },
    { title: "Calls of the models", unit: whole, lines: [line("model.calls", "calls", "info")] },
    { title: "Tokens", unit: whole, lines: [line("model.tokens_in", "in", "info"), line("model.tokens_out", "out", "ticket")] },
    { title: currency ? `Cost in ${currency}` : "Cost", unit: (value) => value.toFixed(value < 1 ? 4 : 2), lines: [line("model.cost", "cost", "info")] },
  ].filter((one) => !one.title.startsWith("Cost") || one.lines[0].values.some((value) => value !== null));
}

const most = (values) => Math.max(0, ...values.filter((value) => value !== null));

/** The jobs of a range, and the way to its dead letters. */
function Range({ window, from, until, parts }) {
  const pages = usePages("jobs", { since: from, until }, "jobs", { limit: 50 });
  const more = html`<a href=${link(["dead-letters"], { since: from, until })}>dead letters of this time</a> <a href=${link(["jobs"], { since: from, until })}>filter its jobs</a> <a href=${link(parts, { window })}>take the range away</a>`;
  return html`<${Card} title=${`Jobs asked for from ${utc(from)} to ${utc(until)}`} asked=${pages} more=${more} name="range"><${JobTable} pages=${pages} empty="No job was asked for in this time." /><//>`;
}

const TONES = { deployment: "ok", setting: "info", breaker: "page", action: "ticket" };

function Marks({ marks }) {
  const now = useNow();
  if (marks.length === 0) return null;
  const newest = [...marks].reverse();
  return html`<${Card} title="What changed" name="changed"><ul class="plain rows marks" tabindex="0" aria-label="what changed, newest first">${newest.map((mark) => html`<li key=${mark.at + mark.text}>
    <${State} tone=${TONES[mark.kind] ?? "quiet"}>${mark.kind}<//><span class="muted" title=${utc(mark.at)}>${since(mark.at, now)} · ${ago(mark.at, now)}</span>
    <span class="wrap">${mark.text.replace(/^(\w+)\.(\w+)/, "$1 $2")}${mark.actor ? ` · ${mark.actor}` : ""}</span></li>`)}</ul><//>`;
}
