// What a browser may keep of who sits before it: the name that stands in the audit, dark or light, how times are told. No secret.
import { useEffect, useState } from "./dom.js";

const stored = (name) => {
  try {
    return localStorage.getItem(`pluckit.console.${name}`) ?? "";
  } catch {
    return ""; // a browser that keeps nothing
  }
};

const keep = (name, value) => {
  try {
    localStorage.setItem(`pluckit.console.${name}`, value);
  } catch { /* asked again the next time */ }
};

/** Who acts, as the audit names them; asked once. */
export const actor = () => stored("actor");
export const setActor = (name) => keep("actor", name.trim());

const THEMES = ["", "dark", "light"]; // "": as the system has it

/** The theme as it is kept, put on the page. */
export function theme() {
  const kept = THEMES.includes(stored("theme")) ? stored("theme") : "";
  document.documentElement.dataset.theme = kept;
  return kept;
}

/** The next theme in turn. */
export function nextTheme() {
  keep("theme", THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);
  return theme();
}

const CLOCK = "console:clock";

/** True where times are told as UTC, false where as how long ago. */
export const clock = () => stored("times") === "utc";

/** Tell times the other way. */
export function turnClock() {
  keep("times", clock() ? "" : "utc");
  dispatchEvent(new Event(CLOCK));
}

/** How times are told now, for what draws them. */
export function useClock() {
  const [told, setTold] = useState(clock());
  useEffect(() => {
    const changed = () => setTold(clock());
    addEventListener(CLOCK, changed);
    return () => removeEventListener(CLOCK, changed);
  }, []);
  return told;
}
