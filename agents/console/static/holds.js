// What is held back: silenced alerts, paused queues and timers. A line under the bar counts down; each can be ended from there.
import { html, useState } from "./dom.js";
import { Act, ForHours, Opens, hoursFrom, quoted, usePost } from "./acting.js";
import { useNow } from "./asking.js";
import { instant, left, since } from "./time.js";

const MOST_HELD = 2; // so that what is wrong stays in sight
const PAUSE_HOURS = [1, 4, 12, 24];

/** Everything that is held back now, the first to end first: `{ what, name, until, by, reason }`. */
export function held(status, now) {
  const silenced = (status?.rules ?? []).filter((one) => one.silenced).map((one) => ({ what: "alert", name: one.alert, ...one.silenced }));
  const queues = (status?.queues ?? []).filter((one) => one.paused).map((one) => ({ what: "queue", name: one.queue, ...one.paused }));
  const timers = (status?.timers ?? []).filter((one) => one.paused).map((one) => ({ what: "timer", name: one.timer, ...one.paused }));
  return [...silenced, ...queues, ...timers].filter((one) => (instant(one.until) ?? 0) > now).sort((a, b) => String(a.until).localeCompare(String(b.until)));
}

/** The banner. */
export function Holds({ status }) {
  const now = useNow();
  const [all, setAll] = useState(false);
  const found = held(status.document, now);
  if (found.length === 0) return null;
  const shown = all || found.length <= MOST_HELD ? found : found.slice(0, MOST_HELD);
  return html`<section class="holds" aria-label="held back"><ul class="plain">${shown.map((one) => html`<li key=${`${one.what}.${one.name}`}>
    <b>${one.what === "alert" ? `alert ${one.name} silenced` : `${one.what} ${one.name} paused`}</b> by ${one.by}, <span class="figure" title="until ${since(one.until, now)}">${left(((instant(one.until) ?? now) - now) / 1000)}</span> left: ${one.reason}${" "}
    <${Ends} one=${one} /></li>`)}</ul>
    ${found.length > MOST_HELD && html`<button type="button" class="copy" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? "fewer" : `${found.length - MOST_HELD} more`}</button>`}</section>`;
}

const ENDING = { alert: ["unsilence", "Let it be heard"], queue: ["resume", "Resume"], timer: ["resume", "Resume"] };

function Ends({ one }) {
  const post = usePost();
  const [word, label] = ENDING[one.what];
  return html`<${Opens} word=${label} dialog=${(closed) => html`<${Act} title=${`${label}: ${one.what} ${one.name}`} word=${label} closed=${closed}
    perform=${({ reason, actor }) => post(`${one.what}s/${encodeURIComponent(one.name)}/${word}`, { reason, actor })} command=${(reason) => commandOf(word, one, reason)} />`} />`;
}

const commandOf = (word, one, reason, until = "") => ["python -m opsctl", word, ...(one.what === "alert" ? [] : [one.what]), quoted(one.name), until && `--until ${until}`, "--reason", quoted(reason)].filter(Boolean).join(" ");

/** The button that pauses a queue or a timer. */
export function Pauses({ what, name }) {
  const post = usePost();
  const until = (given) => hoursFrom(Date.now(), Number(given.hours ?? PAUSE_HOURS[1]));
  return html`<${Opens} word="Pause…" dialog=${(closed) => html`<${Act} title=${`Pause ${what} ${name}`} word="Pause it" closed=${closed}
      perform=${({ reason, actor, given }) => post(`${what}s/${encodeURIComponent(name)}/pause`, { until: until(given), reason, actor })}
      command=${(reason, given) => commandOf("pause", { what, name }, reason, until(given))}>
    <p>${what === "queue" ? "Its messages are held: nothing is lost, no attempt is spent. Every instance knows within a minute." : "Its slots wait; a run that has begun goes on, and one by hand is possible."}</p>
    <${ForHours} choices=${PAUSE_HOURS} /><//>`} />`;
}

/** What one can do about an alert that fires. */
export function AlertActions({ rule, now }) {
  const post = usePost();
  const path = `alerts/${encodeURIComponent(rule.alert)}`;
  const until = (given) => hoursFrom(Date.now(), Number(given.hours ?? 2));
  const quiet = (instant(rule.silenced?.until) ?? 0) > now;
  return html`<span class="alert-actions">
    ${!rule.acknowledged && html`<${Opens} word="Acknowledge…" dialog=${(closed) => html`<${Act} title=${`Acknowledge ${rule.alert}`} word="I am at it" closed=${closed}
      perform=${({ reason, actor }) => post(`${path}/acknowledge`, { reason, actor })} command=${(reason) => commandOf("acknowledge", { what: "alert", name: rule.alert }, reason)}>
      <p>It is not told again until it gets graver or fires anew.</p><//>`} />`}
    ${!quiet && html`<${Opens} word="Silence…" dialog=${(closed) => html`<${Act} title=${`Silence ${rule.alert}`} word="Silence it" closed=${closed}
      perform=${({ reason, actor, given }) => post(`${path}/silence`, { until: until(given), reason, actor })} command=${(reason, given) => commandOf("silence", { what: "alert", name: rule.alert }, reason, until(given))}>
      <p>Nothing is told of it until then, unless it gets graver.</p><${ForHours} /><//>`} />`}
  </span>`;
}

