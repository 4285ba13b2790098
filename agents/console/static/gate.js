// Where the keys are typed: the one that lets in, and the one for actions.
import { html, useEffect, useRef, useState } from "./dom.js";
import { askAgain } from "./asking.js";
import { actor, setActor } from "./people.js";

const WHY = {
  idle: "The key was forgotten after thirty minutes without input.",
  refused: "The key is not accepted; it has been forgotten.",
  left: "The key is forgotten.",
};

/** The form before everything else. `why`: why a key went; `opened`: called when one was taken and the app has accepted it. */
export function Gate({ why, session, api, opened }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef(null);
  useEffect(() => field.current?.focus(), []);
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const key = form.elements.key.value.trim();
    if (key === "") return;
    setActor(form.elements.actor.value);
    setBusy(true);
    session.open(key, { kept: form.elements.kept.checked });
    form.elements.key.value = "";
    try {
      const { document: who } = await api.get("whoami");
      if (who.actor) setActor(who.actor); // a token says it better
      opened();
    } catch (error) {
      if (error.kind === "locked") setProblem("The app does not accept this key.");
      else opened(); // it does not answer: the console shows that better than this form
    } finally {
      setBusy(false);
    }
  };
  return html`<main class="gate"><form class="card gate-card" onSubmit=${submit} autocomplete="off">
    <h1>PluckIt on call</h1>
    <p class="muted" role="status">${problem || WHY[why] || "Is it bad, what, since when, how bad, and what next."}</p>
    <label>Function key
      <input ref=${field} name="key" type="password" autocomplete="off" autocapitalize="off" spellcheck=${false} required />
    </label>
    <label>Your name, for the audit
      <input name="actor" type="text" autocomplete="off" maxlength="100" defaultValue=${actor()} />
    </label>
    <label class="tick"><input name="kept" type="checkbox" /> Keep the key in this tab until it is closed</label>
    <button class="button button-first" disabled=${busy}>${busy ? "asking…" : "Open the console"}</button>
    <p class="small muted">The key stays in this tab and is sent to this app alone, in a header. It is forgotten after thirty minutes without input.</p>
  </form></main>`;
}

/** The dialog for the key that actions need. `done(true)` once the app has accepted one. */
export function ActionsGate({ session, api, done }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const field = event.currentTarget.elements.key;
    session.openActions(field.value.trim());
    field.value = "";
    setBusy(true);
    try {
      if ((await api.get("whoami")).document.mayAct) {
        askAgain();
        return done(true);
      }
      setProblem("The app does not accept this key for actions.");
    } catch (error) {
      setProblem(`Whether it is accepted is not known: ${error.message}.`);
    }
    session.closeActions();
    setBusy(false);
    return field.focus();
  };
  return html`<${Dialog} title="This changes something" closed=${() => done(false)}>
    <form onSubmit=${submit} autocomplete="off">
      <p role="status">${problem || "Actions need a second key besides the one that reads."}</p>
      <label>Key for actions <input name="key" type="password" autocomplete="off" spellcheck=${false} required autofocus /></label>
      <p class="buttons"><button class="button button-first" disabled=${busy}>${busy ? "asking…" : "Go on"}</button>
        <button type="button" class="button" onClick=${() => done(false)}>Cancel</button></p>
    </form>
  <//>`;
}

/** A dialog that takes the focus and gives it back; Esc closes it. */
export function Dialog({ title, closed, children, wide = false }) {
  const box = useRef(null);
  const gone = useRef(false);
  const left = () => gone.current || closed(); // a `close` that comes late would shut the next dialog of the same button
  useEffect(() => {
    const before = document.activeElement;
    const shown = box.current;
    shown?.showModal();
    return () => {
      gone.current = true;
      shown?.close(); // as long as it is open, nothing outside can have the focus
      before?.focus?.();
    };
  }, []);
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-labelledby="dialog-title" onClose=${left} onCancel=${left}>
    <header class="card-head"><h2 id="dialog-title">${title}</h2>
      <button type="button" class="copy" onClick=${closed} aria-label="close">close</button></header>
    ${children}
  </dialog>`;
}
