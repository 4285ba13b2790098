// Replays, purges and retries: the list, and one of them with its progress. It is an address: a reload or another person finds it.
import { html, useEffect, useState } from "./dom.js";
import { Act, Opens, quoted, usePost } from "./acting.js";
import { useAsked } from "./asking.js";
import { Count, usePages } from "./listing.js";
import { link } from "./router.js";
import { Table } from "./table.js";
import { Age, Card, Facts, Figure, Id, Line, Nothing, State, When, Word, flat, spaced } from "./ui.js";
import { counted, length } from "./time.js";

const ACTIVE = new Set(["queued", "running"]);
const ACTIVE_SECONDS = 2;
const ENDED_SECONDS = 30; // nothing changes any more, but what became of the last jobs

/** `#/operations` and `#/operations/<id>`. */
export const View = ({ parts }) => (parts[1] ? html`<${Operation} id=${parts[1]} />` : html`<${Operations} />`);

const COLUMNS = [
  { name: "who", head: "operation", wide: true, cell: (one) => html`<span title=${one.reason}><b>${one.action}</b> <span class="muted">${one.reason} · ${one.actor}</span></span>` },
  { name: "status", head: "state", cell: (one) => html`<${Word} of=${one.status} />` },
  { name: "count", head: "handled", number: true, cell: (one) => html`<span>${one.handled} of ${one.total}</span>` },
  { name: "states", head: "became", cell: (one) => html`<span>${countsOf(one.fates) || countsOf(one.outcomes)}</span>` },
  { name: "ending", head: "stopped, because", wide: true, cell: (one) => html`<span title=${one.why}>${one.why}</span>` },
  { name: "created", head: "asked for", cell: (one) => html`<${When} at=${one.createdAt} />` },
];

const countsOf = (counts) => Object.entries(counts ?? {}).map(([word, count]) => `${count} ${spaced(word)}`).join(", ");

function Operations() {
  const pages = usePages("replays", {}, "replays");
  const empty = pages.rows === null || pages.rows.length === 0;
  return html`<div class="view"><header class="view-head"><h1>Operations</h1><${Age} asked=${pages} /></header>
    ${empty ? html`<div class="card"><${Nothing} asked=${pages} empty="Nobody has replayed, purged or retried anything." /></div>`
      : html`<${Table} caption="operations" columns=${COLUMNS} rows=${pages.rows} identity=${(one) => one.id} href=${(one) => link(["operations", one.id])}
          onEnd=${pages.complete ? null : pages.more} after=${html`<${Count} pages=${pages} what="operations" />`} />`}
    <${Line} command="python -m opsctl operations list" /></div>`;
}

function Operation({ id }) {
  const [ended, setEnded] = useState(false);
  const first = useAsked(`replays/${encodeURIComponent(id)}`, { query: { limit: 200 }, seconds: ended ? ENDED_SECONDS : ACTIVE_SECONDS });
  const one = first.document;
  const over = one !== null && !ACTIVE.has(one.status);
  useEffect(() => setEnded(over), [over]);
  if (one === null) return html`<div class="view"><header class="view-head"><h1>Operation</h1></header><div class="card"><${Nothing} asked=${first} empty="" /></div></div>`;
  const active = !over;
  return html`<div class="view"><header class="view-head"><h1>${named(one)} <${Word} of=${one.status} /></h1>
      <div class="card-more">${active && html`<${Cancels} one=${one} />`}<${Age} asked=${first} /></div></header>
    <p class=${one.status === "stopped" ? "lead stopped" : "lead"} role="status">${wordsOf(one)}</p>
    <${Progress} one=${one} />
    <div class="two">
      <${Card} title="What became of them"><${Facts} rows=${[
        ["done", countsOf(one.outcomes) || "nothing yet"], ["jobs", countsOf(one.fates) || "nothing yet"],
        ["not known yet", html`<${Figure} of=${one.waiting} />`],
        one.canary && ["canaries", `${one.canary.asked}: ${!active && one.canary.state === "waiting" ? "did not pass" : spaced(one.canary.state)}`],
        one.rate && ["rate", `${one.rate.asked} a second asked, ${one.rate.measured ?? "—"} measured`],
        ["left", active && one.etaSeconds !== null ? length(one.etaSeconds) : "—"],
      ]} /><//>
      <${Card} title="Who, when and why"><${Facts} rows=${[
        ["id", html`<${Id} of=${one.id} letters=${24} />`], ["by", one.actor], ["why", one.reason],
        ["which", flat(one.selection).replace("subject: ", "user (as a hash): ")],
        one.forced && ["forced", "although a dependency was down"],
        ["asked for", html`<${When} at=${one.createdAt} />`], ["begun", html`<${When} at=${one.startedAt} />`], ["ended", html`<${When} at=${one.finishedAt} never="not yet" />`],
        one.lastError && ["last error", one.lastError],
      ]} /><//>
    </div>
    <${Items} items=${one.items ?? []} />
    <${Line} command=${`python -m opsctl operations show ${id}`} /></div>`;
}

const named = ({ action, total }) => `${action[0].toUpperCase()}${action.slice(1)} of ${counted(total, action === "retry" ? "jobs" : "dead letters")}`;

function wordsOf(one) {
  const stopped = one.status === "stopped" && one.why ? `It stopped by itself: ${one.why}` : one.why;
  const held = (one.paused ?? []).map((thing) => `waits for the paused ${thing.what} ${thing.name}`).join("; ");
  return [stopped, held].filter(Boolean).join(" · ") || (ACTIVE.has(one.status) ? "It goes on whatever becomes of this page." : "");
}

const Progress = ({ one }) => html`<progress class="progress" max=${Math.max(one.total, 1)} value=${one.handled} aria-label="handled">${one.handled} of ${one.total}</progress>`;

function Cancels({ one }) {
  const post = usePost();
  return html`<${Opens} word="Cancel it" danger=${true} dialog=${(closed) => html`<${Act} title="Cancel the operation" word="Stop before the next record" danger=${true} closed=${closed}
    perform=${({ reason, actor }) => post(`replays/${encodeURIComponent(one.id)}/cancel`, { reason, actor })}
    command=${(reason) => `python -m opsctl operations cancel ${one.id} --reason ${quoted(reason)}`}><p>What was sent stays sent, and is listed.</p><//>`} />`;
}

const ITEM_COLUMNS = [
  { name: "who", head: "record", wide: true, cell: (item) => html`<code title=${item.id}>${item.id.slice(0, 24)}…</code>` },
  { name: "status", head: "done", cell: (item) => (item.outcome ? html`<${State} tone="info">${spaced(item.outcome)}<//>` : html`<span class="muted">not sent</span>`) },
  { name: "kind", head: "its job", cell: (item) => (item.fate ? html`<${Word} of=${item.fate} />` : html`<span class="muted">—</span>`) },
  { name: "why", head: "why", wide: true, cell: (item) => html`<span>${item.detail ?? ""}</span>` },
];

const Items = ({ items }) =>
  items.length > 0 && html`<${Table} caption="records" columns=${ITEM_COLUMNS} rows=${items} identity=${(item) => item.id} href=${(item) => link(["dead-letters", item.id])}
    after=${html`<span>the first ${items.length}</span>`} />`;

