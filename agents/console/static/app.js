// The page's start: the session, the client, and what is shown: the gate, or the console.
import { html, render, useCallback, useEffect, useMemo, useState } from "./dom.js";
import { createApi } from "./api.js";
import { ApiContext } from "./asking.js";
import { ActionsGate, Gate } from "./gate.js";
import { theme } from "./people.js";
import { createSession } from "./session.js";
import { Shell } from "./shell.js";

const CHECK_MS = 15_000;
const now = () => Date.now();

function storage() {
  try {
    return sessionStorage;
  } catch {
    return null; // a browser that keeps nothing
  }
}

const session = createSession({ storage: storage(), now });
const base = new URL(".", location.href); // .../api/ops/

function App() {
  const [open, setOpen] = useState(session.check());
  const [why, setWhy] = useState(null);
  const [asking, setAsking] = useState(null); // resolves when the key for actions was typed, or not
  const askForActions = useCallback(() => new Promise((resolve) => setAsking(() => resolve)), []);
  const api = useMemo(() => createApi({ session, base, now, askForActions, fetch: (...given) => fetch(...given) }), []);
  useEffect(() => {
    const stop = session.onForgotten((reason) => {
      setWhy(reason);
      setOpen(false);
      setAsking(null);
    });
    const there = () => session.touch();
    const timer = setInterval(() => session.check(), CHECK_MS);
    for (const input of ["keydown", "pointerdown", "wheel"]) addEventListener(input, there, { passive: true });
    document.addEventListener("visibilitychange", () => session.check());
    return () => {
      stop();
      clearInterval(timer);
    };
  }, []);
  const done = (typed) => {
    asking?.(typed);
    setAsking(null);
  };
  return html`<${ApiContext.Provider} value=${api}>
    ${open
      ? html`<${Shell} leave=${() => session.forget("left")} dialog=${asking && html`<${ActionsGate} session=${session} api=${api} done=${done} />`} />`
      : html`<${Gate} why=${why} session=${session} api=${api} opened=${() => setOpen(true)} />`}
  <//>`;
}

theme();
const place = document.querySelector("#console");
place.textContent = "";
render(html`<${App} />`, place);
