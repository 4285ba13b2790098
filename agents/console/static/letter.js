// One dead letter: why it died, what is wrong with it, what a replay would do, what was done with it, and its exact bytes.
import { html, useEffect, useState } from "./dom.js";
import { useApi, useAsked, useNow } from "./asking.js";
import { worded } from "./exact.js";
import { Message, Story } from "./job.js";
import { Repairs } from "./repairing.js";
import { Begins } from "./replaying.js";
import { link } from "./router.js";
import { brief } from "./time.js";
import { Age, Card, Facts, Id, Line, Nothing, State, When, Word, spaced } from "./ui.js";

export function Letter({ id }) {
  const asked = useAsked(`dead-letters/${encodeURIComponent(id)}`, { seconds: 20 });
  const record = asked.document;
  if (record === null) return html`<div class="view"><header class="view-head"><h1>Dead letter</h1></header><div class="card"><${Nothing} asked=${asked} empty="" /></div></div>`;
  return html`<div class="view"><header class="view-head"><h1>${spaced(record.reason)} <${Word} of=${record.status} /></h1>
      <div class="doing"><${Begins} action="replay" ids=${[record.id]} word="Replay…" /><${Repairs} record=${record} /><${Begins} action="purge" ids=${[record.id]} word="Purge…" /><${Age} asked=${asked} /></div></header>
    <p class="lead">${record.description}</p>
    <div class="two">
      <div>
        <${Check} id=${record.id} version=${record.version} />
        <${Card} title="Attempts and handling"><${Story} events=${eventsOf(record)} /><//>
      </div>
      <div>
        <${Card} title="The record"><${Facts} rows=${factsOf(record)} /><//>
        <${Message} title=${record.repairedPayload ? "Original message" : "Message"} message=${messageOf(record)} />
        ${record.repairedPayload && html`<${Message} title="Repaired message" message=${{ ...bytesOf(new TextEncoder().encode(JSON.stringify(record.repairedPayload))), json: record.repairedPayload }} />`}
        <${Line} command=${`python -m opsctl dead-letters show ${record.id}`} />
      </div>
    </div></div>`;
}

const isJobId = (text) => /^[0-9a-f]{64}$/i.test(text ?? "");

const whose = (record) => record.userId ?? (record.payload?.user_id === undefined ? null : worded(record.payload.user_id));

const factsOf = (record) => [
  ["id", html`<${Id} of=${record.id} letters=${24} />`],
  isJobId(record.jobId) && ["job", html`<${Id} of=${record.jobId} href=${link(["jobs", record.jobId])} letters=${16} />`],
  ["kind", record.kind ?? "unknown"],
  whose(record) && ["user", html`<a href=${link(["users", whose(record)])}>${whose(record)}</a>`],
  ["cause", html`<a href=${link(["dead-letters"], { fingerprint: record.fingerprint })}><code>${record.fingerprint}</code></a>`],
  ["queue", record.sourceQueue],
  ["died", html`<${When} at=${record.createdAt} />`],
  ["kept until", html`<${When} at=${record.expiresAt} />`],
  record.occurrences > 1 && ["came", `${record.occurrences} times`],
  record.replays > 0 && ["replays", String(record.replays)],
  record.replacedBy && ["replaced by", html`<${Id} of=${record.replacedBy} href=${link(["dead-letters", record.replacedBy])} />`],
];

/** Attempts and what was done, as one story. */
function eventsOf(record) {
  const tries = (record.attempts ?? []).map((one) => ({ at: one.at, event: "attempt_failed", n: one.n, reason: one.reason, message: one.message, errorType: one.errorType }));
  const handled = (record.history ?? []).map((one) => ({ at: one.at, event: one.action, actor: one.actor, reason: one.reason, message: one.outcome && `→ ${spaced(one.outcome)}`, operationId: one.operationId }));
  return [...tries, { at: record.createdAt, event: "dead_lettered", reason: record.reason }, ...handled].sort((a, b) => String(a.at).localeCompare(String(b.at)));
}

function messageOf(record) {
  if (record.rawPayload === null) return null;
  const bytes = Uint8Array.from(atob(record.rawPayload), (sign) => sign.charCodeAt(0));
  return { ...bytesOf(bytes), json: record.payload };
}

const SHOWN_BYTES = 4096;

function bytesOf(bytes) {
  const hex = Array.from(bytes.slice(0, SHOWN_BYTES), (one) => one.toString(16).padStart(2, "0")).join("");
  let text = null;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch { /* no UTF-8: its bytes are shown */ }
  return { bytes: bytes.length, hex, text };
}

/** What is wrong with it, and what a replay would do: asked for once for each version. */
function Check({ id, version }) {
  const api = useApi();
  const now = useNow();
  const [found, setFound] = useState({ document: null, error: null, at: null });
  useEffect(() => {
    let wanted = true;
    api.post(`dead-letters/${encodeURIComponent(id)}/validate`).then(
      (answer) => wanted && setFound({ document: answer.document, at: answer.at, error: null }),
      (error) => wanted && setFound({ document: null, at: null, error }),
    );
    return () => { wanted = false; };
  }, [id, version]);
  const check = found.document;
  return html`<${Card} title="What a replay would do" asked=${found} name="check">
    ${check === null && html`<${Nothing} asked=${found} empty="" />`}
    ${check && html`<p class="lead-small"><${State} tone="info">${spaced(check.prediction.outcome)}<//> ${check.prediction.detail}</p>`}
    ${check?.problems.length > 0 && html`<table class="small-table problems"><thead><tr><th>field</th><th>came</th><th>expected</th></tr></thead><tbody>
      ${check.problems.map((one) => html`<tr><td><code>${one.field || "the whole"}</code></td><td class="wrap">${worded(one.came)}</td><td class="wrap">${one.expected}</td></tr>`)}</tbody></table>`}
    ${check?.down.length > 0 && html`<ul class="plain rows down">${check.down.map((one) => html`<li key=${one.dependency}><${State} tone="page">down<//><b>${one.dependency}</b><span class="muted wrap">${brief(one.problem, now)}</span></li>`)}</ul>`}
    ${check?.job && html`<p class="lead-small muted">The job is ${spaced(check.job.status)}, attempt ${check.job.attempt}${check.alreadyApplied ? "; its signal is applied already" : ""}.</p>`}
  <//>`;
}
