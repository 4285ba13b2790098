// The overview: what fires with its figures and what to do first, what the app needs, queues, timers, and what died of what.
import { html, useState } from "./dom.js";
import { useApi, useAsked, useNow } from "./asking.js";
import { AlertActions } from "./holds.js";
import { link } from "./router.js";
import { Spark, Strip } from "./spark.js";
import { ago, brief, instant, length, since, utc } from "./time.js";
import { Card, Copy, Figure, Line, Nothing, Oldest, State, When, Word, spaced, toneOf } from "./ui.js";
import { failing, firing, isSilenced } from "./verdict.js";
import { useWatch } from "./watch.js";

const MOST_ALERTS = 3; // one screen answers; the rest opens
const MOST_CAUSES = 6;
const MOST_RUNS = 12;

/** The first view. */
export function View() {
  const { status, note } = useWatch();
  const groups = useAsked("dead-letters", { query: { groupBy: "fingerprint", status: "open", limit: MOST_CAUSES }, seconds: 30 });
  const series = useAsked("series", { query: { window: "24h" }, seconds: 60 });
  const runs = useAsked("runs", { query: { limit: 60 }, seconds: 60 });
  return html`<div class="landing">
    <h1 class="hidden">Overview</h1>
    <${Alerts} status=${status} note=${note} />
    <${Dependencies} status=${status} note=${note} />
    <${Causes} groups=${groups} />
    <${Queues} status=${status} series=${series} />
    <${Timers} status=${status} runs=${runs} />
  </div>`;
}

function Alerts({ status, note }) {
  const now = useNow();
  const [all, setAll] = useState(false);
  const loud = firing(status.document);
  const found = [...loud.filter((rule) => !isSilenced(rule, now)), ...loud.filter((rule) => isSilenced(rule, now))];
  const shown = all || found.length <= MOST_ALERTS + 1 ? found : found.slice(0, MOST_ALERTS);
  const rest = found.slice(shown.length);
  const unjudged = (status.document?.rules ?? []).filter((rule) => rule.holds === null).length;
  return html`<${Card} title="Alerts" asked=${status} more=${html`<${CopiesNote} />`} name="alerts">
    ${found.length === 0 && html`<${Nothing} asked=${status} empty=${status.document?.lastLookAt === null ? "Nothing fires: the watchdog has not looked yet. It looks every five minutes." : "Nothing fires."} />`}
    <ul class="plain">${shown.map((rule) => html`<${Alert} rule=${rule} now=${now} key=${rule.alert} />`)}</ul>
    ${(rest.length > 0 || all) && html`<p class="alert more-alerts"><button type="button" class="copy" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? "fewer" : `${rest.length} more`}</button>
      <span class="muted clip">${rest.map((rule) => `${rule.alert}${isSilenced(rule, now) ? " (silenced)" : ""}`).join(", ")}</span></p>`}
    <${NextCalls} note=${note} shown=${found.length > 0} />
    ${status.document && html`<${Rules} rules=${status.document.rules ?? []} unjudged=${unjudged} />`}
  <//>`;
}

/** The note for the incident's channel, as it is now. */
function CopiesNote() {
  const api = useApi();
  return html`<${Copy} word="copy the note" text=${async () => String((await api.get("incident-note")).document)} />`;
}

/** What is watched, with what cannot be judged: so that silence can be told from blindness. */
function Rules({ rules, unjudged }) {
  const word = (rule) => (rule.phase === null ? "unknown" : rule.phase !== "ok" ? rule.phase : rule.holds === null ? "unknown" : rule.holds ? "pending" : "ok");
  return html`<details class="rules"><summary>${rules.length} rules${unjudged > 0 ? `, ${unjudged} cannot be judged yet` : ", all can be judged"}</summary>
    <ul class="plain rows">${rules.map((rule) => html`<li key=${rule.alert}><${Word} of=${word(rule)} /><b>${rule.alert}</b><span class="muted">${rule.title}</span></li>`)}</ul></details>`;
}

function Alert({ rule, now }) {
  return html`<li class="alert alert-${rule.severity}">
    <div class="alert-title"><p><${State} tone=${toneOf(rule.severity)}>${rule.severity}<//> <b>${rule.alert}</b> ${rule.title}${" "}
      <span class="muted small alert-since">since ${since(rule.firedAt, now)} (${length((now - (instant(rule.firedAt) ?? now)) / 1000)})</span>${" "}
      ${isSilenced(rule, now) && html`<${State} tone="quiet">silenced by ${rule.silenced.by} until ${since(rule.silenced.until, now)}<//>`}${" "}
      ${rule.acknowledged && html`<${State} tone="info">seen by ${rule.acknowledged.by}<//>`}</p>
      <${AlertActions} rule=${rule} now=${now} /></div>
    <p class="alert-text" title=${rule.text}>${rule.holds === false && html`<b>It does not hold any more, and ends when that lasts.</b> `}${rule.holds === null && html`<b>It cannot be judged now.</b> `}${brief(rule.text, now)}</p>
  </li>`;
}

function NextCalls({ note, shown }) {
  const calls = (note.document?.calls ?? []).filter((one) => one.opsctl).slice(0, 2);
  if (!shown || calls.length === 0) return null;
  return html`<div class="next"><h3>What next</h3>
    ${(note.document.hints ?? []).slice(0, 2).map((hint) => html`<p>${wordsOf(hint)}</p>`)}
    ${calls.map((call) => html`<${Line} command=${call.opsctl} why=${call.why} />`)}</div>`;
}

const wordsOf = (hint) => (typeof hint === "string" ? hint : String(hint?.text ?? hint?.hint ?? ""));

function Dependencies({ status, note }) {
  const now = useNow();
  const found = note.document?.dependencies ?? null;
  const fails = failing(status.document, note.document, now);
  const rest = (found ?? []).filter((one) => !fails.some((other) => other.name.split(" ")[0] === one.name))
    .map((one) => ({ name: one.name, state: note.error ? "unknown" : one.state, why: note.error ? "the app does not answer" : brief(one.detail, now) }));
  const up = rest.filter((one) => one.state === "up");
  const sorted = [...fails.map((one) => ({ ...one, state: note.error ? "unknown" : "failing" })), ...rest.filter((one) => one.state !== "up")];
  return html`<${Card} title="Dependencies" asked=${note} name="dependencies">
    ${sorted.length + up.length === 0 && html`<${Nothing} asked=${note} empty="unknown" />`}
    <ul class="plain rows">${sorted.map((one) => html`<li key=${one.name}><${Word} of=${one.state} /><b>${one.name}</b><span class="wrap">${one.why}</span></li>`)}
      ${up.length > 0 && html`<li class="all-up"><${Word} of="up" /><span>${up.map((one) => one.name).join(", ")}</span></li>`}</ul>
  <//>`;
}

function Causes({ groups }) {
  const found = groups.document?.groups ?? [];
  const total = groups.document && html`<a href=${link(["dead-letters"], { status: "open" })}><${Figure} of=${groups.document.records} />${groups.document.complete ? "" : " or more"} open</a>`;
  return html`<${Card} title="Open dead letters by cause" asked=${groups} more=${total} name="causes">
    ${found.length === 0 && html`<${Nothing} asked=${groups} empty="Nobody has died, or all has been seen to." />`}
    <ul class="plain causes">${found.map((one) => html`<li key=${one.fingerprint}>
      <a data-row class="cause" href=${link(["dead-letters"], { status: "open", fingerprint: one.fingerprint })}>
        <span class="cause-count">${one.count.toLocaleString("en-GB")}</span>
        <span class="cause-words" title=${one.description}><b>${spaced(one.reason)}</b> <span>${one.description}</span></span>
        <span class="muted"><${When} at=${one.lastSeenAt} /></span></a></li>`)}</ul>
  <//>`;
}

function Queues({ status, series }) {
  const queues = status.document?.queues ?? null;
  if (queues === null) return html`<${Card} title="Queues" asked=${status} name="queues"><${Nothing} asked=${status} empty="unknown: the queues cannot be read" /><//>`;
  const lines = series.document?.series ?? {};
  return html`<${Card} title="Queues" asked=${status} name="queues"><table class="small-table">
    <thead><tr><th>queue</th><th class="number">depth</th><th class="number">oldest</th><th class="number" title="in the queue of dead letters">dead</th><th>depth in 24 h</th></tr></thead>
    <tbody>${paired(queues).map(({ queue, dead }) => html`<tr key=${queue.queue}>
      <td title=${queue.queue}><span class="named"><span class="clip">${queue.queue}</span>${queue.paused && html`<${State} tone="ticket">paused<//>`}</span></td>
      <td class="number"><${Depth} of=${queue} /></td>
      <td class="number"><${Oldest} of=${queue} /></td>
      <td class="number">${dead ? html`<${Depth} of=${dead} />` : "—"}</td>
      <td><${Spark} values=${lines[`queue.${queue.queue}.depth`]} label="depth of ${queue.queue} over 24 hours" /></td>
    </tr>`)}</tbody></table><//>`;
}

const Depth = ({ of }) => (of.exists === false ? html`<${State} tone="page">missing<//>` : html`<${Figure} of=${of.depth} />`);

/** Each queue of work with the queue of its dead letters; one that has no other stands alone. */
function paired(queues) {
  const dead = queues.filter((one) => one.role === "dead-letters");
  const work = queues.filter((one) => one.role !== "dead-letters").map((queue) => ({ queue, dead: dead.find((one) => queue.kind !== null && one.kind === queue.kind) }));
  const alone = dead.filter((one) => !work.some((pair) => pair.dead === one)).map((queue) => ({ queue, dead: null }));
  return [...work, ...alone];
}

function Timers({ status, runs }) {
  const timers = status.document?.timers ?? null;
  if (timers === null) return html`<${Card} title="Timers" asked=${status} name="timers"><${Nothing} asked=${status} empty="unknown: the ledger cannot be read" /><//>`;
  return html`<${Card} title="Timers" asked=${status} name="timers"><table class="small-table">
    <thead><tr><th>timer</th><th>last runs</th><th>last success</th><th>next</th></tr></thead>
    <tbody>${timers.map((one) => html`<tr key=${one.timer}>
      <td>${one.timer}${one.missed.length > 0 && html` <${State} tone="page">${one.missed.length} missed<//>`}${one.paused && html` <${State} tone="ticket">paused<//>`}</td>
      <td><${Strip} ...${lastRuns(one, runs.document?.runs)} /></td>
      <td><${When} at=${one.lastSuccessAt} /></td>
      <td><${When} at=${one.expectedNext} /></td>
    </tr>`)}</tbody></table><//>`;
}

/** When it is due, in both ways: that is how one learns its hour. */
export function Next({ at }) {
  const now = useNow();
  return html`<span title=${utc(at)}>${since(at, now)} <span class="muted">${ago(at, now)}</span></span>`;
}

/** A timer's last runs, oldest first: of the ledger where it was read, else the few that the status has. */
function lastRuns(timer, ledger) {
  const found = (ledger?.filter((run) => run.timer === timer.timer) ?? timer.lastRuns).slice(0, MOST_RUNS).reverse();
  const words = found.map((run) => ({ outcome: run.outcome || "running", at: run.plannedAt }));
  return { label: `last runs of ${timer.timer}: ${words.map((one) => one.outcome).join(", ") || "none"}`, of: words.map((one) => ({ tone: toneOf(one.outcome), label: `${one.outcome}, planned ${utc(one.at)}` })) };
}
