// One job's story: asked for, tried, put off, ended, what it taught and whether that still stands, and its exact message.
import { html, useState } from "./dom.js";
import { useAsked } from "./asking.js";
import { link } from "./router.js";
import { instant, length, utc } from "./time.js";
import { Age, Card, Facts, Id, Line, Nothing, State, When, Word, spaced } from "./ui.js";

const TONES = {
  accepted: "info", attempt_started: "info", attempt_failed: "page", attempt_lost: "page", deferred: "ticket", completed: "ok", skipped: "quiet",
  dead_lettered: "page", replayed: "info", retried: "info", repaired: "info", purged: "quiet", resolved: "ok", duplicate: "quiet",
  signal_stored: "ok", withdrawn: "ticket",
};

export function Job({ id }) {
  const asked = useAsked(`jobs/${encodeURIComponent(id)}/timeline`, { seconds: 10 });
  const story = asked.document;
  if (story === null) return html`<div class="view"><header class="view-head"><h1>Job</h1></header><div class="card"><${Nothing} asked=${asked} empty="" /></div></div>`;
  return html`<div class="view"><header class="view-head"><h1>Job of ${story.userId ?? "no user"} <${Word} of=${story.status} /></h1><${Age} asked=${asked} /></header>
    <div class="two">
      <div>
        <${Card} title="What happened"><${Story} events=${story.events} /><//>
      </div>
      <div>
        <${Card} title="The job"><${Facts} rows=${factsOf(story)} /><//>
        <${Taught} story=${story} />
        <${Message} message=${story.message} />
        <${Line} command=${`python -m opsctl timeline ${story.jobId}`} />
      </div>
    </div></div>`;
}

const factsOf = (story) => [
  ["id", html`<${Id} of=${story.jobId} letters=${20} />`],
  ["kind", story.kind],
  story.userId && ["user", html`<a href=${link(["users", story.userId])}>${story.userId}</a>`],
  story.itemId && ["item", html`<a href=${link(["jobs"], { itemId: story.itemId })}>${story.itemId}</a>`],
  story.traceId && ["trace", html`<${Id} of=${story.traceId} letters=${32} />`],
  story.deadLetterId && ["dead letter", html`<${Id} of=${story.deadLetterId} href=${link(["dead-letters", story.deadLetterId])} letters=${16} />`],
];

const LEAST_WAIT = 5; // seconds: shorter ones are no waiting

/** What happened, oldest first, on a thread; where it waited, for how long. */
export function Story({ events }) {
  if (events.length === 0) return html`<p class="nothing">Nothing is noted.</p>`;
  const waited = (index) => (index === 0 ? 0 : ((instant(events[index].at) ?? 0) - (instant(events[index - 1].at) ?? 0)) / 1000);
  return html`<ol class="story">${events.map((one, index) => html`<li class="story-${TONES[one.event] ?? "quiet"}" key=${`${one.at}${one.event}${index}`}>
    <span class="story-when"><span>${utc(one.at).slice(11)}</span><${When} at=${one.at} /></span>
    <span class="story-what">${waited(index) >= LEAST_WAIT && html`<span class="story-wait">${length(waited(index))} later</span>`}<b>${spaced(one.event)}</b>${one.n ? html` <span class="muted">no. ${one.n}</span>` : ""}${typeof one.seconds === "number" ? html` <span class="muted">after ${seconds(one.seconds)}</span>` : ""}
      <${Details} of=${one} /></span>
  </li>`)}</ol>`;
}

const seconds = (value) => (value < 10 ? `${value.toFixed(1)} s` : length(value));

function Details({ of }) {
  const cause = [of.reason && !of.actor && spaced(of.reason), of.message].filter(Boolean).join(": ");
  const words = [
    of.actor && `by ${of.actor}`, of.actor && of.reason && `“${of.reason}”`, cause, of.errorType && `(${of.errorType})`, of.until && `until ${utc(of.until)}`, of.leasedUntil && `its worker was gone; it had until ${utc(of.leasedUntil)}`,
  ].filter(Boolean).map(String);
  return html`${words.length > 0 && html`<span class="story-words">${words.join(" ")}</span>`}
    ${of.deadLetterId && html` <a href=${link(["dead-letters", of.deadLetterId])}>dead letter</a>`}
    ${of.deadLetterId && of.operationId && " · "}${of.operationId && html` <a href=${link(["operations", of.operationId])}>operation</a>`}`;
}

/** What the like taught, and whether it stands in the taste now. */
function Taught({ story }) {
  if (story.kind !== "taste-analysis") return null;
  const terms = story.signal?.terms ?? null;
  const kept = terms?.filter((one) => one.inProfile).length;
  return html`<${Card} title="What it taught" more=${terms && html`<span class="muted">${kept} of ${terms.length} terms stand in the taste now</span>`}>
    ${terms === null && html`<p class="nothing">No signal is stored: nothing was learnt yet, or it was taken back.</p>`}
    ${terms && html`<table class="small-table terms"><thead><tr><th>term</th><th>kind</th><th class="number">taught</th><th class="number">weighs now</th><th class="number">from</th><th>in the list</th></tr></thead>
      <tbody>${terms.map((one) => html`<tr key=${`${one.kind}:${one.term}`}><td class="clip" title=${one.term}>${one.term}</td><td class="muted">${one.kind}</td><td class="number">${number(one.weight)}</td>
        ${one.inProfile
          ? html`<td class="number"><b>${number(one.inProfile.weight)}</b></td><td class="number">${one.inProfile.evidence}</td><td>${one.inProfile.projected ? html`<${State} tone="ok">yes<//>` : html`<span class="muted">no</span>`}</td>`
          : html`<td class="muted" colspan="3">not in the taste any more</td>`}
      </tr>`)}</tbody></table>`}
  <//>`;
}

const number = (value) => (typeof value === "number" ? value.toFixed(2) : "unknown");

/** The exact message: as text, as JSON, as bytes. */
export function Message({ message, title = "Message" }) {
  const forms = message ? [message.json && "JSON", message.text !== null && "text", "hex"].filter(Boolean) : [];
  const [chosen, choose] = useState(null);
  const form = chosen && forms.includes(chosen) ? chosen : forms[0];
  if (!message) return html`<${Card} title=${title}><p class="nothing">It is not kept any more.</p><//>`;
  const shown = { JSON: () => JSON.stringify(message.json, null, 2), text: () => message.text, hex: () => dump(message.hex) }[form]();
  return html`<${Card} title=${title} more=${html`<span class="muted">${message.bytes.toLocaleString("en-GB")} bytes</span>`}>
    <div class="tabs" role="group" aria-label="form">${forms.map((one) => html`<button type="button" class="copy" aria-pressed=${one === form} onClick=${() => choose(one)}>${one}</button>`)}</div>
    <pre class="payload" tabindex="0" aria-label="message">${shown}</pre>
  <//>`;
}

/** Bytes as one reads them: sixteen a line, with what is printable beside them. */
export function dump(hex) {
  const bytes = hex.match(/../g) ?? [];
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.slice(at, at + 16);
    const signs = line.map((one) => { const code = Number.parseInt(one, 16); return code > 31 && code < 127 ? String.fromCharCode(code) : "."; }).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${line.join(" ").padEnd(47)}  ${signs}`);
  }
  return lines.join("\n");
}
