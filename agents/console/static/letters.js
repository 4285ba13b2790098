// The dead letters: by cause, or one by one; and one of them.
import { html } from "./dom.js";
import { useAsked } from "./asking.js";
import { commandOf } from "./jobs.js";
import { Letter } from "./letter.js";
import { Chosen, Count, Filters, useChosen, usePages } from "./listing.js";
import { Begins } from "./replaying.js";
import { link } from "./router.js";
import { Table } from "./table.js";
import { counted } from "./time.js";
import { Age, Line, Nothing, When, Word, spaced } from "./ui.js";
import { useWatch } from "./watch.js";

const STATES = ["open", "replayed", "resolved", "purged"];
export const LETTER_FIELDS = [
  { name: "status", label: "state", options: STATES }, { name: "reason", label: "reason" }, { name: "userId", label: "user" },
  { name: "kind", label: "kind", options: ["taste-analysis", "weekly-digest", "scrape"].map((kind) => [kind, kind]) },
  { name: "fingerprint", label: "cause" }, { name: "queue", label: "queue" },
  { name: "since", label: "since (UTC)", type: "time" }, { name: "until", label: "until (UTC)", type: "time" },
];

/** `#/dead-letters?status=open&by=cause` and `#/dead-letters/<id>`. */
export function View({ parts, query }) {
  return parts[1] ? html`<${Letter} id=${parts[1]} />` : html`<${Letters} parts=${parts} query=${query} />`;
}

/** What of an address is the filter that lists, replays and purges share. */
export const letterFilter = (query) => Object.fromEntries(LETTER_FIELDS.map(({ name }) => [name, query[name]]).filter(([, value]) => value));

function Letters({ parts, query }) {
  const byCause = query.by === "cause";
  const filter = letterFilter(query);
  const way = (name, by) => html`<a class="copy" href=${link(parts, { ...query, by })} aria-current=${byCause === (by === "cause") ? "true" : null}>${name}</a>`;
  const reasons = Object.keys(useWatch()?.status.document?.deadLetters?.byReason ?? {});
  return html`<div class="view"><header class="view-head"><h1>Dead letters</h1><div class="tabs" role="group" aria-label="shown">${way("one by one", "")}${way("by cause", "cause")}</div>
      <div class="doing"><${Begins} action="replay" filter=${filter} word="Replay these…" /><${Begins} action="purge" filter=${filter} word="Purge these…" /></div></header>
    <${Filters} parts=${parts} query=${query} fields=${LETTER_FIELDS.map((one) => (one.name === "reason" ? { ...one, known: reasons } : one))} />
    ${byCause ? html`<${Groups} filter=${filter} />` : html`<${Records} filter=${filter} />`}
    <${Line} command=${commandOf(byCause ? "dead-letters groups" : "dead-letters list", filter)} /></div>`;
}

const COLUMNS = [
  { name: "why", head: "reason", wide: true, cell: (one) => html`<span><b>${spaced(one.reason)}</b> <span class="muted">${one.description}</span></span>` },
  { name: "whose", head: "user", wide: true, cell: (one) => (one.userId ? html`<a href=${link(["users", one.userId])} title=${one.userId}>${one.userId}</a>` : html`<span class="muted">not known</span>`) },
  { name: "status", head: "state", cell: (one) => html`<${Word} of=${one.status} />` },
  { name: "kind", head: "kind", cell: (one) => html`<span class="muted">${one.kind ?? "unknown"}</span>` },
  { name: "tries", head: "attempts", number: true, cell: (one) => html`<span>${one.attempts.length}</span>` },
  { name: "created", head: "died", cell: (one) => html`<${When} at=${one.createdAt} />` },
  { name: "expires", head: "kept until", cell: (one) => html`<${When} at=${one.expiresAt} />` },
];

function Records({ filter }) {
  const pages = usePages("dead-letters", filter, "deadLetters", { limit: 200 });
  const [chosen, choose, none] = useChosen(JSON.stringify(filter));
  if (pages.rows === null || pages.rows.length === 0) return html`<div class="card"><${Nothing} asked=${pages} empty="No dead letter matches." /></div>`;
  return html`<div><p class="age-line"><${Age} asked=${pages} /></p>
    <${Table} caption="dead letters" columns=${COLUMNS} rows=${pages.rows} identity=${(one) => one.id} href=${(one) => link(["dead-letters", one.id])}
      chosen=${chosen} choose=${choose} onEnd=${pages.complete ? null : pages.more} after=${html`<${Count} pages=${pages} what="dead letters" />`} />
    <${Chosen} chosen=${chosen} none=${none}><${Begins} action="replay" ids=${[...chosen]} word="Replay the chosen…" /><${Begins} action="purge" ids=${[...chosen]} word="Purge the chosen…" /><//></div>`;
}

const GROUP_COLUMNS = [
  { name: "why", head: "cause", wide: true, cell: (one) => html`<span><b>${spaced(one.reason)}</b> <span class="muted">${one.description}</span></span>` },
  { name: "count", head: "records", number: true, cell: (one) => html`<b>${one.count.toLocaleString("en-GB")}</b>` },
  { name: "states", head: "of which", cell: (one) => html`<span>${Object.entries(one.statuses).map(([word, count]) => `${count} ${spaced(word)}`).join(", ")}</span>` },
  { name: "first", head: "first", cell: (one) => html`<${When} at=${one.firstSeenAt} />` },
  { name: "last", head: "last", cell: (one) => html`<${When} at=${one.lastSeenAt} />` },
  { name: "cause", head: "fingerprint", cell: (one) => html`<code>${one.fingerprint}</code>` },
];

function Groups({ filter }) {
  const asked = useAsked("dead-letters", { query: { ...filter, groupBy: "fingerprint", limit: 200 }, seconds: 30 });
  const found = asked.document?.groups ?? [];
  if (found.length === 0) return html`<div class="card"><${Nothing} asked=${asked} empty="No dead letter matches." /></div>`;
  const after = html`<span>${counted(asked.document.records, "records")} of ${counted(asked.document.causes, "causes")}${asked.document.complete ? "" : ", and more than were looked at"}</span>`;
  return html`<div><p class="age-line"><${Age} asked=${asked} /></p>
    <${Table} caption="causes of dead letters" columns=${GROUP_COLUMNS} rows=${found} identity=${(one) => one.fingerprint}
      href=${(one) => link(["dead-letters"], { ...filter, fingerprint: one.fingerprint })} after=${after} /></div>`;
}
