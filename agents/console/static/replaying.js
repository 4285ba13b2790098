// Replay, purge and retry: first what would become of each record, then why, how fast and how many first, then the operation.
import { html, useEffect, useRef, useState } from "./dom.js";
import { Act, Opens, quoted, usePost } from "./acting.js";
import { useApi } from "./asking.js";
import { go } from "./router.js";
import { brief } from "./time.js";
import { Figure, Nothing, State, spaced } from "./ui.js";

const WORDS = {
  replay: { path: "replays", title: "Replay dead letters", word: "Replay them", what: "dead letters" },
  purge: { path: "replays", title: "Purge dead letters", word: "Purge them for good", what: "dead letters", danger: true },
  retry: { path: "jobs/retry-now", title: "Retry jobs now", word: "Retry them", what: "jobs" },
};
const SHOWN = 8;
const LOOKING = "looking, from the console";

/** The button; `filter` or `ids` say which records. */
export function Begins({ action, filter, ids, word, small }) {
  const { danger = false } = WORDS[action];
  return html`<${Opens} word=${word} danger=${danger} small=${small} dialog=${(closed) => html`<${Operate} action=${action} filter=${filter} ids=${ids} closed=${closed} />`} />`;
}

function chosen(action, filter, ids) {
  const which = ids ? { ids } : action === "retry" && Object.keys(filter).length === 0 ? { all: true } : { filter };
  return action === "retry" ? which : { action, ...which };
}

function Operate({ action, filter, ids, closed }) {
  const { path, title, word, what, danger } = WORDS[action];
  const api = useApi();
  const post = usePost();
  const [look, setLook] = useState({ document: null, error: null });
  const asked = chosen(action, filter, ids);
  const again = () => {
    setLook({ document: null, error: null });
    api.post(path, { ...asked, reason: LOOKING, actor: "console", dryRun: true }).then(
      (answer) => setLook({ document: answer.document, error: null, at: answer.at }), (error) => setLook({ document: null, error }),
    );
  };
  useEffect(again, [action, JSON.stringify(asked)]);
  const found = look.document;
  const once = useOnce();
  const perform = async ({ reason, actor, given }) => {
    const ways = action === "purge" ? {} : { rate: Number(given.rate), ...(action === "replay" ? { canary: Number(given.canary), force: given.force === true } : {}) };
    return post(path, { ...asked, ...ways, reason, actor, snapshot: found.snapshot }, { headers: { "Idempotency-Key": once({ asked, ways, reason, actor, snapshot: found.snapshot }) } });
  };
  const ready = (given) => {
    if (found === null) return "";
    if (found.total === 0) return "there is nothing to do";
    if (action === "purge" && given.count !== String(found.total)) return "type the number first";
    return action !== "replay" || found.down.length === 0 || given.force === true || "something that it needs is down";
  };
  return html`<${Act} title=${title} word=${found ? `${word} (${found.total.toLocaleString("en-GB")})` : word} wide=${true} danger=${danger} closed=${closed} perform=${perform} ready=${ready}
      command=${(reason) => commandFor(action, filter, ids, reason)} done=${(operation) => { closed(); go(["operations", operation.id]); }}>
    ${found === null && html`<${Nothing} asked=${look} empty="" />`}
    ${found && html`<${Outcomes} found=${found} what=${what} again=${again} />
      ${action === "purge" ? html`<label>Purged evidence does not come back. Type the number of records, <b>${found.total}</b>, to go on
          <input name="count" type="text" inputmode="numeric" autocomplete="off" data-count /></label>`
        : html`<div class="act-who">
          <label>Records a second <input name="rate" type="number" min="0.1" max="20" step="0.1" defaultValue="1" required /></label>
          ${action === "replay" && html`<label>Canaries first <input name="canary" type="number" min="0" max="20" step="1" defaultValue="3" required /></label>`}
        </div>`}
      ${action === "replay" && found.down.length > 0 && html`<label class="tick"><input name="force" type="checkbox" /> although something that it needs is down</label>`}`}
  <//>`;
}

/** A key for the same thing asked again, as after no answer: the app does it once. */
function useOnce() {
  const last = useRef({ text: "", key: "" });
  return (asked) => {
    const text = JSON.stringify(asked);
    if (last.current.text !== text) last.current = { text, key: randomKey() };
    return last.current.key;
  };
}

const randomKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

function Outcomes({ found, what, again }) {
  return html`<p class="lead-small"><${Figure} of=${found.total} unit=${what} />: ${Object.entries(found.counts).map(([outcome, count]) => html`<${State} tone="info">${count.toLocaleString("en-GB")} ${spaced(outcome)}<//> `)}
      <span class="muted">snapshot <code>${found.snapshot.slice(0, 8)}</code></span> <button type="button" class="copy" onClick=${again}>look again</button></p>
    ${found.down.map((one) => html`<p class="problem down"><strong>down</strong> ${one.dependency}: ${brief(one.problem, Date.now())}</p>`)}
    ${found.results.length > 0 && html`<table class="small-table outcomes"><thead><tr><th>record</th><th>outcome</th><th>why</th></tr></thead><tbody>
      ${found.results.slice(0, SHOWN).map((one) => html`<tr><td class="clip"><code>${one.id.slice(0, 16)}</code></td><td>${spaced(one.outcome)}</td><td class="wrap">${one.detail}</td></tr>`)}</tbody></table>
      ${found.total > SHOWN && html`<p class="small muted">the first ${SHOWN} of ${found.total}</p>`}`}`;
}

const COMMANDS = { replay: "replay", purge: "purge", retry: "retry-now" };

function commandFor(action, filter, ids, reason) {
  const given = ids ? ids.map(quoted) : Object.entries(filter ?? {}).map(([name, value]) => `--filter ${quoted(`${name}=${value}`)}`);
  const all = action === "retry" && given.length === 0 ? ["--all"] : [];
  return ["python -m opsctl", COMMANDS[action], ...given, ...all, "--reason", quoted(reason)].join(" ");
}
