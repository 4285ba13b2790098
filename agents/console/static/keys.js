// The keyboard: `/ j k x r p t ? Esc`; Enter follows the link that has the focus by itself.
import { useEffect } from "./dom.js";
import { askAgain, turnHeld } from "./asking.js";
import { turnClock } from "./people.js";

export const SHORTCUTS = [
  ["/", "search a user, item, job, dead letter, cause or operation"],
  ["j  k", "the next row, the one before"],
  ["Enter", "open the row"],
  ["x", "choose the row, or not"],
  ["r", "ask the app again, now"],
  ["p", "stop asking by itself, go on"],
  ["t", "times as UTC, or as how long ago"],
  ["?", "this list"],
  ["Esc", "close; leave a field; go back"],
];

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

/** Listen for the whole page. `help`: shows the list. */
export function useKeys({ help }) {
  useEffect(() => {
    const pressed = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (document.querySelector("dialog[open]")) return; // it has keys of its own
      if (event.key === "Escape") return left(event);
      if (typing(event.target)) return;
      const act = { "/": search, j: () => step(1), k: () => step(-1), x: choose, r: askAgain, p: () => turnHeld(), t: turnClock, "?": help }[event.key];
      if (act) {
        event.preventDefault();
        act();
      }
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [help]);
}

function search() {
  document.querySelector("#search")?.focus();
  document.querySelector("#search")?.select();
}

function step(by) {
  const rows = [...document.querySelectorAll("main [data-row]")];
  if (rows.length === 0) return;
  const now = rows.indexOf(document.activeElement.closest?.("[data-row]"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, now + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** The tick of the row that has the focus. */
function choose() {
  document.activeElement.closest?.(".row")?.querySelector("[data-choose]")?.click();
}

function left(event) {
  if (typing(event.target)) event.target.blur();
  else if (location.hash.replace(/^#\/?/, "") !== "") history.back();
}
