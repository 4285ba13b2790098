// Asking the app again and again while somebody looks: the last answer, its age, and what went wrong since.
import { createContext, useCallback, useContext, useEffect, useRef, useState } from "./dom.js";

export const ApiContext = createContext(null);
const AGAIN = "console:again"; // every view asks anew
const TICK_MS = 1000;

/** The client of the endpoints. */
export const useApi = () => useContext(ApiContext);

/** Let everything that is shown ask anew, now. */
export const askAgain = () => dispatchEvent(new Event(AGAIN));

const HELD = "console:held"; // somebody has stopped the asking, or let it go on
let held = false;

/** True while nothing is asked but what somebody asks for: so that what one reads stays where it is. */
export const isHeld = () => held;

/** Stop the asking, or let it go on; then everything is asked at once. */
export function turnHeld(wanted = !held) {
  held = wanted;
  dispatchEvent(new Event(HELD));
  if (!held) askAgain();
}

/** Whether the asking is stopped. */
export function useHeld() {
  const [now, setNow] = useState(held);
  useEffect(() => {
    const changed = () => setNow(held);
    addEventListener(HELD, changed);
    return () => removeEventListener(HELD, changed);
  }, []);
  return now;
}

/** True where something may ask by itself: the page is seen, and nobody has stopped it. */
export const mayAsk = () => document.visibilityState === "visible" && !held;

const watchers = new Set(); // one clock for all that shows an age
let ticking = null;

/** Call `ask` whenever somebody asks anew; returns what ends that. */
export function onAgain(ask) {
  addEventListener(AGAIN, ask);
  return () => removeEventListener(AGAIN, ask);
}

/** The time in milliseconds, anew every second while the page is seen. */
export function useNow() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    watchers.add(setNow);
    ticking ??= setInterval(() => {
      if (document.visibilityState === "visible") for (const watcher of watchers) watcher(Date.now());
    }, TICK_MS);
    return () => {
      watchers.delete(setNow);
      if (watchers.size === 0) ticking = clearInterval(ticking) ?? null;
    };
  }, []);
  return now;
}

/**
 * Ask `path` now and every `seconds` (null: once), not while the page is hidden. `path` null: nothing is asked.
 * Gives `document` (the last that came, null before), `at` (when it came), `error` (null where the last call went well),
 * `failedSince` (when the first of the failures in a row was) and `again()`.
 */
export function useAsked(path, { query = {}, seconds = 15, accepts = [] } = {}) {
  const api = useApi();
  const what = path === null ? null : JSON.stringify([path, query]);
  const [state, setState] = useState({ what, ...NOTHING });
  const asking = useRef(null);

  const again = useCallback(async () => {
    asking.current?.abort();
    if (what === null) return;
    const mine = new AbortController();
    asking.current = mine;
    try {
      const answer = await api.get(path, { query, accepts, signal: mine.signal });
      if (!mine.signal.aborted) setState({ what, document: answer.document, at: answer.at, error: null, failedSince: null });
    } catch (error) {
      if (mine.signal.aborted) return;
      setState((last) => ({ ...(last.what === what ? last : NOTHING), what, error, failedSince: last.failedSince ?? Date.now() }));
    } finally {
      if (asking.current === mine) asking.current = null;
    }
  }, [api, what]);

  useEffect(() => {
    again();
    const quietly = () => mayAsk() && asking.current === null && again();
    const timer = seconds === null ? null : setInterval(quietly, seconds * 1000);
    const seen = () => mayAsk() && seconds !== null && again();
    document.addEventListener("visibilitychange", seen);
    const stop = onAgain(again);
    return () => {
      stop();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
      asking.current?.abort();
    };
  }, [again, seconds]);

  const shown = state.what === what ? state : NOTHING;
  return { ...shown, again };
}

const NOTHING = Object.freeze({ document: null, at: null, error: null, failedSince: null });
