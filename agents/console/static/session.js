// What a person has shown to be let in: the key, and the key for actions. In memory; in `sessionStorage` only by a tick; gone
// on a 401 and after thirty minutes without input. No other module holds a key, and none puts it anywhere but in a header.

export const IDLE_MS = 30 * 60 * 1000;
const STORED = "pluckit.console.keys";

/** `storage`: a Storage or null; `now`: returns milliseconds. Listeners are told why keys went: `idle`, `refused`, `left`. */
export function createSession({ storage, now, idleMs = IDLE_MS }) {
  const listeners = new Set();
  let held = restored();

  function restored() {
    try {
      const found = JSON.parse(storage?.getItem(STORED) ?? "null");
      if (found && typeof found.key === "string" && now() - found.at < idleMs) {
        return { key: found.key, actionKey: found.actionKey ?? null, kept: true, at: found.at };
      }
    } catch { /* what is not ours is as good as nothing */ }
    storage?.removeItem(STORED);
    return null;
  }

  function save() {
    if (held?.kept) storage?.setItem(STORED, JSON.stringify({ key: held.key, actionKey: held.actionKey, at: held.at }));
    else storage?.removeItem(STORED);
  }

  function forget(why) {
    if (held === null) return;
    held = null;
    save();
    for (const listener of listeners) listener(why);
  }

  return {
    /** Take a key that was typed; `kept`: in this tab until it is closed. */
    open(key, { kept = false } = {}) {
      held = { key, actionKey: null, kept, at: now() };
      save();
    },
    /** Take the key for actions; kept as the other is. */
    openActions(actionKey) {
      if (held === null) return;
      held.actionKey = actionKey;
      save();
    },
    /** Forget the key for actions alone: it was refused. */
    closeActions() {
      if (held === null) return;
      held.actionKey = null;
      save();
    },
    /** The headers to send, or null where there is no key (any more). */
    headers() {
      this.check();
      if (held === null) return null;
      return { "x-functions-key": held.key, ...(held.actionKey ? { "x-ops-action-key": held.actionKey } : {}) };
    },
    /** Somebody is there: the thirty minutes begin again. What asks by itself is nobody. */
    touch() {
      this.check();
      if (held === null) return;
      held.at = now();
      save();
    },
    /** Forget the keys where their time is up; returns whether there are any. */
    check() {
      if (held !== null && now() - held.at >= idleMs) forget("idle");
      return held !== null;
    },
    forget,
    onForgotten(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
