// The jobs of every kind, newest first, by user, item, state, kind, cause and time; and one of them.
import { html } from "./dom.js";
import { quoted } from "./acting.js";
import { useNow } from "./asking.js";
import { Job } from "./job.js";
import { Chosen, Count, Filters, useChosen, usePages } from "./listing.js";
import { Begins } from "./replaying.js";
import { link } from "./router.js";
import { Table } from "./table.js";
import { instant } from "./time.js";
import { Age, Line, Nothing, State, When, Word, spaced } from "./ui.js";

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
  const [chosen, choose, none] = useChosen(JSON.stringify(filter));
  return html`<div class="view"><header class="view-head"><h1>Jobs</h1>
      <div class="doing"><${Begins} action="retry" filter=${filter} word="Retry these now…" /><${Age} asked=${pages} /></div></header>
    <${Filters} parts=${parts} query=${query} fields=${JOB_FIELDS} />
    <${JobTable} pages=${pages} chosen=${chosen} choose=${choose} />
    <${Chosen} chosen=${chosen} none=${none}><${Begins} action="retry" ids=${[...chosen]} word="Retry the chosen now…" /><//>
    <${Line} command=${commandOf("jobs", filter)} /></div>`;
}

/** The same list on a command line. */
export function commandOf(words, filter) {
  const options = Object.entries(filter).map(([name, value]) => `--${OPTIONS[name] ?? name} ${quoted(value)}`);
  return ["python -m opsctl", words, ...options].join(" ");
}

const OPTIONS = { userId: "user", itemId: "item", expiringWithinDays: "expiring-within-days" };

const COLUMNS = [
  { name: "who", head: "user · item", wide: true, cell: (job) => html`<span>${job.userId ?? "no user"} <span class="muted">· ${job.itemId ?? job.kind}</span></span>` },
  { name: "status", head: "state", cell: (job) => (waits(job) ? html`<${State} tone="ticket">failed, waits<//>` : html`<${Word} of=${job.status} />`) },
  { name: "kind", head: "kind", cell: (job) => html`<span class="muted">${job.kind}</span>` },
  { name: "tries", head: "attempt", number: true, cell: (job) => html`<span>${job.attempt ?? "—"}</span>` },
  { name: "created", head: "asked for", cell: (job) => html`<${When} at=${job.createdAt} never="unknown" />` },
  { name: "why", head: "why", wide: true, cell: (job) => html`<${Why} job=${job} />` },
];

/** True where the last attempt failed and another one comes. */
const waits = (job) => Boolean(job.nextAttemptAt) && ["failed", "deferred", "queued"].includes(job.status);

/** When it is tried again; what is past its time is due. */
function Again({ at }) {
  const now = useNow();
  return (instant(at) ?? 0) <= now ? "due now" : html`again <${When} at=${at} />`;
}

function Why({ job }) {
  if (job.lastError === null || job.lastError === undefined) return html`<span></span>`;
  const words = `${spaced(job.lastError.reason ?? "unknown")}: ${job.lastError.message ?? ""}`;
  return html`<span title=${words}>${waits(job) && html`<span class="muted"><${Again} at=${job.nextAttemptAt} /> · </span>`}${words}</span>`;
}

/** A list of jobs; with nothing in it, why. */
export function JobTable({ pages, chosen, choose, empty = "No job matches. Jobs are kept for 120 days." }) {
  if (pages.rows === null || pages.rows.length === 0) return html`<div class="card"><${Nothing} asked=${pages} empty=${empty} /></div>`;
  return html`<${Table} caption="jobs" columns=${COLUMNS} rows=${pages.rows} identity=${(job) => job.jobId}
    chosen=${chosen} choose=${choose} href=${(job) => link(["jobs", job.jobId])} onEnd=${pages.complete ? null : pages.more} after=${html`<${Count} pages=${pages} what="jobs" />`} />`;
}
