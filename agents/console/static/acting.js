// What every action shares: who and why are asked for, what the app said is shown, the same stands there as a command.
import { html, useState } from "./dom.js";
import { askAgain, useApi } from "./asking.js";
import { Dialog } from "./gate.js";
import { actor, setActor } from "./people.js";
import { link } from "./router.js";
import { Line, Problem } from "./ui.js";
import { lacking, useWatch } from "./watch.js";

const SHORTEST_WHY = 3;

/** `'the pictures are back'`: a word of a command line. */
export const quoted = (text) => (/^[\w.:@+=-]+$/.test(text) ? text : `'${String(text).replaceAll("'", "'\\''")}'`);

const LACKS = {
  action_key: "Not allowed with the key that reads: the key for actions is asked for first.",
  role: "Not allowed: your sign-in has no role that acts (Ops.Act).",
};

/** A button that opens a dialog; `dialog(closed)` draws it. Who may not act is told so, and asked for the key where one helps. */
export function Opens({ word, dialog, danger = false, small = true, disabled = false }) {
  const api = useApi();
  const lacks = lacking(useWatch()?.who);
  const [open, setOpen] = useState(false);
  const look = `${small ? "button small-button" : "button"}${danger ? " button-grave" : ""}${lacks ? " button-locked" : ""}`;
  const begin = async () => {
    if (lacks !== "action_key" || (await api.unlock())) setOpen(true);
  };
  return html`<span class="opens"><button type="button" class=${look} disabled=${disabled || lacks === "role"} title=${LACKS[lacks]} aria-description=${LACKS[lacks]} onClick=${begin}>${word}</button>
    ${open && dialog(() => setOpen(false))}</span>`;
}

/**
 * A dialog that does something. `perform({ reason, actor, given })`: the call, `given` being the form's other fields by name;
 * `command(reason)`: the same on a command line; `done(document)`: afterwards, else the dialog closes and everything asks anew.
 * `ready(given)`: true, or what is still missing in words, which keeps the button shut.
 */
export function Act({ title, word, children, perform, command, closed, done, danger = false, wide = false, ready = () => true }) {
  const [reason, setReason] = useState("");
  const [given, setGiven] = useState({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const changed = (event) => setGiven(fieldsOf(event.currentTarget));
  const submit = async (event) => {
    event.preventDefault();
    const fields = fieldsOf(event.currentTarget);
    setActor(fields.actor);
    setBusy(true);
    setError(null);
    try {
      const document = await perform({ reason: fields.reason.trim(), actor: fields.actor.trim(), given: fields });
      askAgain();
      if (done) done(document);
      else closed();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const first = ready(given);
  const lack = first !== true ? first || "" : reason.trim().length < SHORTEST_WHY ? "say why first" : "";
  const shut = busy || lack !== "" || first !== true;
  return html`<${Dialog} title=${title} closed=${closed} wide=${wide}>
    <form class="act" onSubmit=${submit} onInput=${changed} onChange=${changed} autocomplete="off">
      ${typeof children === "function" ? children(given) : children}
      <div class="act-who">
        <label>Why, for the audit <input name="reason" type="text" required minlength=${SHORTEST_WHY} maxlength="500" onInput=${(event) => setReason(event.currentTarget.value)} /></label>
        <label>Your name <input name="actor" type="text" required maxlength="100" defaultValue=${actor()} /></label>
      </div>
      ${error && html`<${Problem} error=${told(error)} /><${Difference} of=${error.problem?.difference} />${error.problem?.operationId && html`<p><a href=${link(["operations", error.problem.operationId])} onClick=${closed}>the operation that goes on</a></p>`}`}
      ${command && html`<${Line} command=${command(reason.trim() || "…", given)} />`}
      <p class="buttons"><button class=${danger ? "button button-danger" : "button button-first"} disabled=${shut}>${busy ? "asking…" : word}</button>
        <button type="button" class="button" onClick=${closed}>Leave it</button>
        <span class="muted small lacks" role="status">${busy ? "" : lack}</span></p>
    </form>
  <//>`;
}

function fieldsOf(form) {
  return Object.fromEntries([...form.elements].filter((one) => one.name).map((one) => [one.name, one.type === "checkbox" ? one.checked : one.value]));
}

/** An outage while something was done is not known to have failed: it says so. */
function told(error) {
  if (error.kind !== "unreachable") return error;
  return Object.assign(new Error(`${error.message}: whether it was done is not known; look before you do it again`), { problem: null });
}

/** How a set differs from the one that was looked at. */
function Difference({ of }) {
  if (!of) return null;
  const rows = Object.entries(of).filter(([, one]) => one.count > 0);
  return html`<div class="problem" data-difference><p>The set has changed since it was looked at. Look again, or leave out what came later.</p>
    <ul>${rows.map(([name, one]) => html`<li><b>${one.count} ${name}</b>: ${one.ids.slice(0, 5).join(", ")}${one.count > 5 ? ", …" : ""}</li>`)}</ul></div>`;
}

/** An instant some hours from now, in ISO 8601 to the second. */
export const hoursFrom = (now, hours) => `${new Date(now + hours * 3_600_000).toISOString().slice(0, 19)}Z`;

/** For how long: a choice of hours, the field `hours`. */
export const ForHours = ({ choices = [1, 2, 4, 8, 24] }) => html`<label>For
  <select name="hours">${choices.map((one) => html`<option value=${one} selected=${one === choices[1]}>${one} h</option>`)}</select></label>`;

/** The client, for a dialog's `perform`: posts, and gives the document. */
export function usePost() {
  const api = useApi();
  return async (path, body, options) => (await api.post(path, body, options)).document;
}
