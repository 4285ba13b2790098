// What every view may ask of what the page knows anyway: how it is, what on-call is told, and what the caller may do.
import { createContext, useContext } from "./dom.js";

/** `status`, `note` and `who` (the caller), each as `useAsked` gives it. */
export const WatchContext = createContext(null);
export const useWatch = () => useContext(WatchContext);

/** What the caller lacks to change something: `action_key`, `role`, or null; null as well where that is not known. */
export const lacking = (who) => (who?.document && !who.document.mayAct ? who.document.needs : null);
