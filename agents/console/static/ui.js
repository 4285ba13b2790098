// What every view is made of: cards, states, ages, figures, errors, ids to copy.
import { html, useState } from "./dom.js";
import { useNow } from "./asking.js";
import { worded } from "./exact.js";
import { useClock } from "./people.js";
import { ago, length, since, utc } from "./time.js";

/** A figure, or the word `unknown`: null is never shown as zero. */
export function Figure({ of, unit = "" }) {
  if (of === null || of === undefined) return html`<span class="unknown">unknown</span>`;
  const text = typeof of === "number" ? of.toLocaleString("en-GB") : String(of);
  return html`<span class="figure">${text}${unit && ` ${unit}`}</span>`;
}

/** How long a queue's oldest work waits, deferred or not; where there may be older, that. */
export function Oldest({ of }) {
  const put = of.deferredSince ? `work that a dependency has put off waits since ${utc(of.deferredSince)}` : null;
  const known = of.oldestKnown ?? of.depth === 0;
  if (of.oldestAgeSeconds === null) return known ? html`<span>—</span>` : html`<span class="unknown">unknown</span>`;
  return html`<span title=${put}>${length(of.oldestAgeSeconds)}${of.oldestKnown === false ? " or more" : ""}</span>`;
}

/** A state in words and colour: `tone` is one of page, ticket, ok, unknown, info, quiet. */
export function State({ tone, children }) {
  return html`<span class="state state-${tone}">${children}</span>`;
}

const TONES = {
  ok: "ok", done: "ok", late: "ticket", overdue: "ticket", up: "ok", completed: "ok", firing: "page", pending: "ticket", settled: "ok",
  replayed: "ok", failing: "page", failed: "page", dead_lettered: "page",
  open: "page", missed: "page", skipped_late: "page", critical: "page", page: "page", ticket: "ticket", watch: "ticket",
  queued: "info", in_flight: "info", running: "info", deferred: "ticket", stopped: "ticket", cancelled: "quiet",
  partial: "ticket", zero_work: "ticket", abandoned: "page", died_again: "page", failed_again: "page", unknown: "unknown", purged: "quiet", repaired: "info", waiting: "info", skipped: "quiet",
};

/** The tone of a word that the endpoints use for a state. */
export const toneOf = (word) => TONES[word] ?? "quiet";

/** A word of the endpoints for a state, as one reads it. */
export const Word = ({ of }) => html`<${State} tone=${toneOf(of)}>${of === null || of === undefined ? "unknown" : spaced(of)}<//>`;

/** `dead_lettered` as it is read. */
export const spaced = (word) => String(word).replaceAll("_", " ");

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** An object of the endpoints as one reads it: `status: open, reason: image unreachable`; names of what holds others are left out. */
export const flat = (given) => Object.entries(given ?? {}).map(([name, value]) =>
  (Array.isArray(value) ? `${name}: ${value.length <= 2 ? value.join(", ") : value.length}` : value !== null && typeof value === "object" ? flat(value) : `${name}: ${INSTANT.test(String(value)) ? `${utc(value).slice(0, 16)}Z` : value}`)).join(", ");

/** An instant as `3 min ago` or as `18:58Z`, whichever was chosen; the other is its title. */
export function When({ at, never = "never" }) {
  const now = useNow();
  const clock = useClock();
  if (!at) return html`<span class="muted">${never}</span>`;
  return html`<time dateTime=${at} title=${clock ? `${ago(at, now)}, ${utc(at)}` : utc(at)}>${clock ? since(at, now) : ago(at, now)}</time>`;
}

/** How old what is shown is, and that it is old where the app has stopped answering. */
export function Age({ asked }) {
  const now = useNow();
  if (asked.at === null) return html`<span class="age">${asked.error ? (missing(asked.error) ? "" : "no data") : "asking…"}</span>`;
  const text = `${length((now - asked.at) / 1000)} old`;
  return asked.error
    ? html`<span class="age age-stale">${text}: ${asked.error.message}</span>`
    : html`<span class="age" title=${utc(new Date(asked.at).toISOString())}>${text}</span>`;
}

/** A titled part of a view. `asked`: whose age stands in its head; `more`: what stands beside the title. */
export function Card({ title, asked, more, children, name = "", level = 2 }) {
  const id = `card-${title.toLowerCase().replace(/\W+/g, "-")}`;
  const heading = level === 1 ? html`<h1 id=${id}>${title}</h1>` : html`<h2 id=${id}>${title}</h2>`;
  return html`<section class="card ${name}" aria-labelledby=${id}>
    <header class="card-head">${heading}<div class="card-more">${more}${asked && html`<${Age} asked=${asked} />`}</div></header>
    ${children}
  </section>`;
}

/** What stands where there is nothing to show: an error, the asking, or that there is nothing. */
export function Nothing({ asked, empty }) {
  if (asked.error !== null && asked.document === null) return html`<${Problem} error=${asked.error} />`;
  if (asked.document === null) return html`<p class="nothing asking">asking…</p>`;
  return html`<p class="nothing">${empty}</p>`;
}

/** An answer that there is no such thing: nothing is unknown then. */
export const missing = (error) => error.status === 404;

/** An error in words: what is not there, what was refused, and else that nothing is known. */
export function Problem({ error }) {
  const fields = error.problem?.errors ?? [];
  const word = missing(error) ? "not there" : error.kind === "forbidden" ? "not allowed" : (error.status ?? 0) >= 400 && error.status < 500 ? "refused" : "unknown";
  return html`<div class="problem" role="alert">
    <strong>${word}</strong> ${error.message}
    ${fields.length > 0 && html`<ul>${fields.map((one) => html`<li><code>${String(one.field)}</code>: ${worded(one.came)}, expected ${String(one.expected)}</li>`)}</ul>`}
  </div>`;
}

/** An id, short on a wide page too, whole for the clipboard. */
export function Id({ of, href, letters = 12 }) {
  const short = of.length > letters + 1 ? `${of.slice(0, letters)}…` : of;
  const shown = href ? html`<a class="id" href=${href} title=${of}>${short}</a>` : html`<code class="id" title=${of}>${short}</code>`;
  return html`<span class="with-copy">${shown}<${Copy} text=${of} what="id" /></span>`;
}

/** A button that copies `text` (or what that gives, once it is asked for); says so for two seconds. `word`: what stands on it. */
export function Copy({ text, what = "text", word = "" }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    if (!(await copied(typeof text === "function" ? await text() : text))) return; // the text stands there to be marked
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  };
  return html`<button type="button" class="copy" onClick=${copy} aria-label=${word ? null : `copy ${what}`}>${done ? "copied" : word || "copy"}</button>`;
}

/** Put a text on the clipboard, the old way where the page is not served over https; returns whether it is there. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "hidden";
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    const before = document.activeElement;
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    before?.focus?.();
    return done;
  }
}

/** The same on a command line; `why`: what it is for. */
export function Line({ command, why = "" }) {
  return html`<p class="line"><code>${command}</code>${why && html`<span class="line-why">${why}</span>`}<${Copy} text=${command} what="command" /></p>`;
}

/** Names and values, one a row; values may be nodes. */
export function Facts({ rows }) {
  return html`<dl class="facts">${rows.filter(Boolean).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
