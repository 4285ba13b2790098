// One user: what the app has learnt and from which likes, what the next digest shows them, and their jobs.
import { html, useState } from "./dom.js";
import { useAsked } from "./asking.js";
import { JobTable } from "./jobs.js";
import { Count, usePages } from "./listing.js";
import { link } from "./router.js";
import { Age, Card, Facts, Figure, Line, Nothing, When, spaced } from "./ui.js";

const SHOWN_TERMS = 30;

/** `#/users/<id>` */
export function View({ parts }) {
  const user = parts[1] ?? "";
  const taste = useAsked(`taste-profiles/${encodeURIComponent(user)}`, { seconds: 60, accepts: [404] });
  const digest = useAsked(`digests/${encodeURIComponent(user)}/latest`, { seconds: 60, accepts: [404] });
  const pages = usePages("jobs", { userId: user }, "jobs", { limit: 20 });
  return html`<div class="view"><header class="view-head"><h1>${user}</h1><${Age} asked=${taste} /></header>
    <div class="two">
      <${Taste} user=${user} taste=${taste} />
      <${Digest} digest=${digest} />
    </div>
    <h2 class="hidden">Jobs</h2>
    <div><${JobTable} pages=${pages} empty="No job of this user is kept." /></div>
    <p class="small"><a href=${link(["jobs"], { userId: user })}>all jobs</a> · <a href=${link(["dead-letters"], { userId: user })}>dead letters</a></p>
    <${Line} command=${`python -m opsctl taste ${user}`} /></div>`;
}

/** A 404 is an answer here: nothing is known. */
const nothingYet = (asked) => asked.error?.status === 404;

function Taste({ user, taste }) {
  const [term, setTerm] = useState(null);
  const terms = taste.document?.terms ?? [];
  return html`<${Card} title="What they like" asked=${taste}>
    ${terms.length === 0 && (nothingYet(taste) ? html`<p class="nothing">Nothing is known of their taste.</p>` : html`<${Nothing} asked=${taste} empty="Nothing." />`)}
    ${terms.length > 0 && html`<table class="small-table terms"><thead><tr><th>term</th><th>kind</th><th class="number">weight</th><th class="number">likes</th><th>last</th><th>why</th></tr></thead><tbody>
      ${terms.slice(0, SHOWN_TERMS).map((one) => html`<tr key=${keyOf(one)}><td title=${one.term}>${one.term}</td><td class="muted">${one.kind}</td><td class="number">${one.weight.toFixed(2)}</td>
        <td class="number">${one.evidence}</td><td><${When} at=${one.lastSeenAt} /></td>
        <td><button type="button" class="copy" aria-expanded=${term === keyOf(one)} onClick=${() => setTerm(term === keyOf(one) ? null : keyOf(one))}>likes</button></td></tr>
        ${term === keyOf(one) && html`<tr><td colspan="6" class="wrap"><${Signals} user=${user} term=${keyOf(one)} /></td></tr>`}`)}</tbody></table>
      ${terms.length > SHOWN_TERMS && html`<p class="small muted lead-small">and ${terms.length - SHOWN_TERMS} more</p>`}`}
  <//>`;
}

const keyOf = (one) => `${one.kind}:${one.term}`;

/** The likes that taught a term. */
function Signals({ user, term }) {
  const pages = usePages(`taste-profiles/${encodeURIComponent(user)}`, { term }, "signals", { limit: 20 });
  if (pages.rows === null || pages.rows.length === 0) return html`<${Nothing} asked=${pages} empty="No like of it is stored any more." />`;
  return html`<ul class="plain">${pages.rows.map((one) => html`<li key=${one.id}><${When} at=${one.at} /> ${one.itemId} ${one.jobId && html`<a href=${link(["jobs", one.jobId])}>its job</a>`}</li>`)}</ul>
    <p class="small"><${Count} pages=${pages} what="likes" /></p>`;
}

function Digest({ digest }) {
  const found = digest.document;
  const suggestions = found?.suggestions ?? null;
  return html`<${Card} title="What the digest shows them" asked=${digest}>
    ${suggestions === null && (nothingYet(digest) ? html`<p class="nothing">No digest has been composed for them.</p>` : html`<${Nothing} asked=${digest} empty="No digest." />`)}
    ${suggestions && html`<${Facts} rows=${[["week", found.window ?? found.weekOf ?? "unknown"], ["composed", html`<${When} at=${found.generatedAt} />`], ["owns", html`<${Figure} of=${found.totalItems} unit="pieces" />`], found.climateZone && ["climate", spaced(found.climateZone)]]} />
      <ul class="plain suggestions">${suggestions.map((one) => html`<li><b>${one.item}</b> <span class="muted">goes with ${one.combinesWith} pieces</span><p class="small">${one.rationale}</p></li>`)}</ul>`}
  <//>`;
}
