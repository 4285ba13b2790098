// The jobs of every kind, newest first, by user, item, state, kind, cause and time; and one of them.
import { html } from "./dom.js";
import { quoted } from "./acting.js";
import { Job } from "./job.js";
import { Count, Filters, usePages } from "./listing.js";
import { Begins } from "./replaying.js";
import { link } from "./router.js";
import { Table } from "./table.js";
import { Age, Line, Nothing, When, Word, spaced } from "./ui.js";

const KINDS = ["taste-analysis", "weekly-digest", "scrape"];
const STATES = ["queued", "in_flight", "completed", "failed", "dead_lettered"];
export const JOB_FIELDS = [
  { name: "userId", label: "user" }, { name: "itemId", label: "item" }, { name: "status", label: "state", options: STATES },
  { name: "kind", label: "kind", options: KINDS.map((kind) => [kind, kind]) }, { name: "reason", label: "reason" },
  { name: "since", label: "since (UTC)", type: "time" }, { name: "until", label: "until (UTC)", type: "time" },
];

/** `#/jobs?userId=…` and `#/jobs/<id>`. */
export function View({ parts, query }) {
  return parts[1] ? html`<${Job} id=${parts[1]} />` : html`<${Jobs} parts=${parts} query=${query} />`;
}

function Jobs({ parts, query }) {
  const filter = Object.fromEntries(JOB_FIELDS.map(({ name }) => [name, query[name]]).filter(([, value]) => value));
  const pages = usePages("jobs", filter, "jobs");
  return html`<header class="view-head"><h1>Jobs</h1>
      <div class="doing"><${Begins} action="retry" filter=${filter} word="Retry these now…" /><${Age} asked=${pages} /></div></header>
    <${Filters} parts=${parts} query=${query} fields=${JOB_FIELDS} />
    <${JobTable} pages=${pages} />
    <${Line} command=${commandOf("jobs", filter)} />`;
}

/** The same list on a command line. */
export function commandOf(words, filter) {
  const options = Object.entries(filter).map(([name, value]) => `--${OPTIONS[name] ?? name} ${quoted(value)}`);
  return ["python -m opsctl", words, ...options].join(" ");
}

const OPTIONS = { userId: "user", itemId: "item", expiringWithinDays: "expiring-within-days" };

const COLUMNS = [
  { name: "who", head: "user · item", wide: true, cell: (job) => html`<span>${job.userId ?? "no user"} <span class="muted">· ${job.itemId ?? job.kind}</span></span>` },
  { name: "status", head: "state", cell: (job) => html`<${Word} of=${job.status} />` },
  { name: "kind", head: "kind", cell: (job) => html`<span class="muted">${job.kind}</span>` },
  { name: "tries", head: "attempt", number: true, cell: (job) => html`<span>${job.attempt ?? "—"}</span>` },
  { name: "created", head: "asked for", cell: (job) => html`<${When} at=${job.createdAt} never="unknown" />` },
  { name: "why", head: "why", wide: true, cell: (job) => html`<${Why} job=${job} />` },
];

function Why({ job }) {
  if (job.lastError === null || job.lastError === undefined) return html`<span class="muted">—</span>`;
  const words = `${spaced(job.lastError.reason ?? "unknown")}: ${job.lastError.message ?? ""}`;
  return html`<span title=${words}>${job.nextAttemptAt && html`<span class="muted">again <${When} at=${job.nextAttemptAt} /> · </span>`}${words}</span>`;
}

/** A list of jobs; with nothing in it, why. */
export function JobTable({ pages, empty = "No job matches. Jobs are kept for 120 days." }) {
  if (pages.rows === null || pages.rows.length === 0) return html`<div class="card"><${Nothing} asked=${pages} empty=${empty} /></div>`;
  return html`<${Table} caption="jobs" columns=${COLUMNS} rows=${pages.rows} identity=${(job) => `${job.kind}.${job.jobId}`}
    href=${(job) => link(["jobs", job.jobId])} onEnd=${pages.complete ? null : pages.more} after=${html`<${Count} pages=${pages} what="jobs" />`} />`;
}
