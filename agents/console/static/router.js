// Views are addresses behind `#`: `#/jobs/3f9a?since=…`. Nothing secret is ever in one.
import { link, parsed } from "./addresses.js";
import { useEffect, useState } from "./dom.js";

export { link };

/** Go to a view; `replace`: without a step in the history, as a filter that is typed. */
export function go(parts, query = {}, { replace = false } = {}) {
  const address = link(parts, query);
  if (replace) {
    history.replaceState(null, "", address);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = address;
  }
}

/** The address that is shown now. */
export function useRoute() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return parsed(hash);
}
