// Timers and queues: thirty days of slots, the last runs, run now, pause and resume.
import { html } from "./dom.js";
import { Act, Opens, quoted, usePost } from "./acting.js";
import { useAsked, useNow } from "./asking.js";
import { Pauses } from "./holds.js";
import { Next } from "./landing.js";
import { go } from "./router.js";
import { Days } from "./spark.js";
import { counted, instant, length, since, utc } from "./time.js";
import { Age, Card, Figure, Line, Nothing, Oldest, State, When, Word, spaced, toneOf } from "./ui.js";
import { useWatch } from "./watch.js";

const DAYS = 30;
const SHOWN_RUNS = 6;
const MOST_RUNS = 200;

/** `#/timers` */
export function View() {
  const { status } = useWatch();
  const timers = status.document?.timers ?? null;
  return html`<div class="view"><header class="view-head"><h1>Timers and queues</h1><${Age} asked=${status} /></header>
    ${timers === null ? html`<div class="card"><${Nothing} asked=${status} empty="unknown: the ledger cannot be read" /></div>` : timers.map((one) => html`<${Timer} timer=${one} key=${one.timer} />`)}
    <${Queues} status=${status} />
    <${Line} command="python -m opsctl runs" /></div>`;
}

function Timer({ timer }) {
  const now = useNow();
  const runs = useAsked("runs", { query: { timer: timer.timer, limit: MOST_RUNS }, seconds: 30 });
  const slots = slotsOf(timer);
  return html`<${Card} title=${timer.timer} asked=${runs} name="timer" more=${html`
      ${timer.paused && html`<${State} tone="ticket">paused<//>`}
      <span>next <${Next} at=${timer.expectedNext} /></span>
      <${RunsNow} timer=${timer.timer} runs=${runs.document?.runs ?? []} />
      ${!timer.paused && html`<${Pauses} what="timer" name=${timer.timer} />`}`}>
    <div class="slots"><${Days} label=${`slots of ${timer.timer} in ${DAYS} days: ${wordsOf(slots)}`} days=${DAYS} of=${slots} now=${now} />
      <p class="muted small">${wordsOf(slots)} in ${DAYS} days; last success <${When} at=${timer.lastSuccessAt} />${timer.missed.length > 0 && html` <${State} tone="page">missed: ${timer.missed.slice(-MOST_NAMED).map((one) => since(one.slot, now)).join(", ")}<//>`}</p></div>
    <${Runs} runs=${runs} />
  <//>`;
}

const MOST_NAMED = 2;

/** How many slots came to what, the most frequent first. */
function wordsOf(slots) {
  const counts = Object.entries(Object.groupBy(slots, (one) => one.word)).map(([word, found]) => [word, found.length]);
  return counts.sort((a, b) => b[1] - a[1]).map(([word, count]) => `${count} ${spaced(word)}`).join(", ") || "no slot";
}

/** The slots of thirty days, oldest first, as the app tells them; what it cannot know is unknown, and no miss. */
export const slotsOf = (timer) => (timer.slots ?? []).map((one) => ({ at: one.slot, word: one.state, tone: toneOf(one.state), label: `${spaced(one.state)}, planned ${utc(one.slot)}` }));

function Runs({ runs }) {
  const found = runs.document?.runs ?? [];
  if (found.length === 0) return html`<${Nothing} asked=${runs} empty="It has never run." />`;
  return html`<table class="small-table runs"><thead><tr><th>planned</th><th>by</th><th>outcome</th><th>took</th><th>did</th></tr></thead><tbody>
    ${found.slice(0, SHOWN_RUNS).map((run) => html`<tr key=${run.id}>
      <td><${When} at=${run.plannedAt} /></td><td>${run.trigger}</td><td><${Word} of=${run.outcome ?? "running"} /></td>
      <td>${run.finishedAt && run.startedAt ? length((instant(run.finishedAt) - instant(run.startedAt)) / 1000) : "—"}</td>
      <td class="wrap">${counts(run.done)}${run.error ? html` <span class="muted">${run.error}</span>` : ""}</td></tr>`)}</tbody></table>`;
}

const counts = (given) => Object.entries(given ?? {}).filter(([, count]) => count > 0).map(([name, count]) => counted(count, spaced(name))).join(", ");

const ONE = { digest: ["userId", "one user alone (empty: all)", "user"], scraper: ["sourceId", "one source alone (empty: all that are due)", "source"] };

function RunsNow({ timer, runs }) {
  const post = usePost();
  const last = runs.find((run) => ["ok", "partial", "zero_work"].includes(run.outcome));
  const [name, label, option] = ONE[timer] ?? [];
  const path = (actor, given) => `run/${timer}?${new URLSearchParams({ actor, ...(name && given[name] ? { [name]: given[name] } : {}) })}`;
  return html`<${Opens} word="Run now…" dialog=${(closed) => html`<${Act} title=${`Run ${timer} now`} word="Run it" closed=${closed}
      perform=${({ actor, given }) => post(path(actor, given), undefined)} done=${() => { closed(); go(["timers"]); }}
      command=${(reason, given) => ["python -m opsctl run", timer, name && given[name] && `--${option} ${quoted(given[name])}`, "--wait"].filter(Boolean).join(" ")}>
    <p>${last ? html`The last one that went well did: <b>${counts(last.expected) || counts(last.done) || "nothing"}</b>, <${When} at=${last.finishedAt} />.` : "It has not gone well yet: how many it will be about is not known."}</p>
    ${name && html`<label>${label}<input name=${name} type="text" autocomplete="off" spellcheck=${false} /></label>`}<//>`} />`;
}

function Queues({ status }) {
  const queues = (status.document?.queues ?? []).filter((one) => one.role !== "dead-letters");
  return html`<${Card} title="Queues" asked=${status}>
    ${queues.length === 0 && html`<${Nothing} asked=${status} empty="unknown: the queues cannot be read" />`}
    ${queues.length > 0 && html`<table class="small-table"><thead><tr><th>queue</th><th class="number">depth</th><th class="number">oldest</th><th>held</th></tr></thead><tbody>
      ${queues.map((one) => html`<tr key=${one.queue}><td class="clip" title=${one.queue}>${one.queue}</td><td class="number"><${Figure} of=${one.depth} /></td>
        <td class="number"><${Oldest} of=${one} /></td>
        <td>${one.paused ? html`<${State} tone="ticket">paused by ${one.paused.by}<//>` : html`<${Pauses} what="queue" name=${one.queue} />`}</td></tr>`)}</tbody></table>`}
  <//>`;
}
