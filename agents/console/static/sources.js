// The scraper's sources: each one's health, and a run of one now.
import { html } from "./dom.js";
import { Act, Opens, quoted, usePost } from "./acting.js";
import { Count, usePages } from "./listing.js";
import { Table } from "./table.js";
import { Age, Line, Nothing, State, When, Word, spaced } from "./ui.js";

/** `#/sources` */
export function View() {
  const pages = usePages("scraper/sources", {}, "sources");
  const empty = pages.rows === null || pages.rows.length === 0;
  return html`<div class="view"><header class="view-head"><h1>Sources</h1><${Age} asked=${pages} /></header>
    ${empty ? html`<div class="card"><${Nothing} asked=${pages} empty="No source is configured." /></div>`
      : html`<${Table} caption="sources of the scraper" columns=${COLUMNS} rows=${sorted(pages.rows)} identity=${(one) => one.id} onEnd=${pages.complete ? null : pages.more}
          after=${html`<${Count} pages=${pages} what="sources" />`} />`}
    <${Line} command="python -m opsctl sources" /></div>`;
}

const COLUMNS = [
  { name: "who", head: "source", wide: true, cell: (one) => html`<span><b>${one.name ?? one.id}</b> <span class="muted">${one.sourceType}</span></span>` },
  { name: "status", head: "health", cell: (one) => html`<${Health} of=${one} />` },
  { name: "count", head: "found", number: true, cell: (one) => html`<span>${one.health?.found ?? "—"}</span>` },
  { name: "tries", head: "new", number: true, cell: (one) => html`<span>${one.health?.new ?? "—"}</span>` },
  { name: "created", head: "last run", cell: (one) => html`<${When} at=${one.lastScrapedAt} />` },
  { name: "why", head: "why, and what was left out", wide: true, cell: (one) => html`<span title=${leftOut(one)}>${leftOut(one)}</span>` },
  { name: "do", head: "now", cell: (one) => html`<${RunsOne} source=${one} />` },
];

const RANKS = { failed: 0, partial: 1 };

/** What fails first, then what finds nothing, then the rest as it came. */
const sorted = (rows) => [...rows].sort((a, b) => rank(a) - rank(b));
const rank = ({ isActive, health }) => (isActive === false ? 9 : !health ? 4 : RANKS[health.lastOutcome] ?? (health.barren ? 2 : 3));

function Health({ of }) {
  if (of.isActive === false) return html`<${State} tone="quiet">switched off<//>`;
  if (!of.health) return html`<${State} tone="unknown">never run<//>`;
  if (of.health.barren) return html`<${State} tone="ticket">barren<//>`;
  return html`<${Word} of=${of.health.lastOutcome} />`;
}

function leftOut(source) {
  const health = source.health ?? {};
  const counted = Object.entries({ ...health.duplicates, ...health.dropped }).map(([why, count]) => `${count} ${spaced(why)}`);
  return [health.lastReason && spaced(health.lastReason), ...counted].filter(Boolean).join(", ");
}

function RunsOne({ source }) {
  const post = usePost();
  const path = (actor) => `run/scraper?${new URLSearchParams({ actor, sourceId: source.id })}`;
  return html`<${Opens} word="Run…" dialog=${(closed) => html`<${Act} title=${`Scrape ${source.name ?? source.id} now`} word="Scrape it" closed=${closed}
    perform=${({ actor }) => post(path(actor), undefined)} command=${() => `python -m opsctl run scraper --source ${quoted(source.id)} --wait`}>
    <p>${source.health ? `Its last run found ${source.health.found}, ${source.health.new} of them new.` : "It has never run."} Its lease and robots.txt count.</p><//>`} />`;
}
