// The client of the endpoints: one function, one kind of error. It answers with what came and when.
import { parse } from "./exact.js";

/** `kind`: `locked` (no key, or refused), `forbidden`, `unreachable` (no answer), `refused` (any other error's document). */
export class ApiError extends Error {
  constructor(kind, words, { status = null, problem = null } = {}) {
    super(words);
    this.kind = kind;
    this.status = status;
    this.problem = problem;
  }
}

const PATIENCE_MS = 35_000; // the slowest read has thirty seconds

/** `base`: the URL that paths are below; `fetch`, `now`: the browser's; `askForActions`: resolves to true once a key is there. */
export function createApi({ session, base, fetch, now, askForActions = async () => false }) {
  async function call(method, path, { query = {}, body, headers = {}, accepts = [], signal, patienceMs = PATIENCE_MS } = {}) {
    const keys = session.headers();
    if (keys === null) throw new ApiError("locked", "There is no key.");
    const url = new URL(path, base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
    }
    const json = body === undefined ? {} : { "content-type": "application/json" };
    let response;
    let text;
    try {
      response = await fetch(url, {
        method, body: body === undefined ? undefined : JSON.stringify(body), headers: { ...json, ...headers, ...keys },
        redirect: "error", cache: "no-store", referrerPolicy: "no-referrer", credentials: "same-origin",
        signal: AbortSignal.any([AbortSignal.timeout(patienceMs), ...(signal ? [signal] : [])]),
      });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) throw error;
      const late = error?.name === "TimeoutError";
      throw new ApiError("unreachable", late ? `no answer within ${patienceMs / 1000} s` : "no answer");
    }
    if (response.status === 401) {
      session.forget("refused");
      throw new ApiError("locked", "The key is not accepted.", { status: 401 });
    }
    const document = parsed(text);
    if (response.ok || (accepts.includes(response.status) && document !== null && !("title" in document))) {
      return { status: response.status, document: document ?? text, at: now(), etag: response.headers.get("etag") };
    }
    const words = document?.detail ?? document?.title ?? `answered ${response.status}`;
    throw new ApiError(response.status === 403 ? "forbidden" : "refused", String(words), { status: response.status, problem: document });
  }

  /** As `call`; where an action needs the second key, asks for it and tries once more. */
  async function act(method, path, options = {}) {
    try {
      return await call(method, path, options);
    } catch (error) {
      if (error.kind !== "forbidden" || error.problem?.reason !== "action_key_required") throw error;
      session.closeActions();
      if (!(await askForActions())) throw error;
      return await call(method, path, options);
    }
  }

  return {
    unlock: askForActions,
    get: (path, options) => call("GET", path, options),
    post: (path, body, options) => act("POST", path, { ...options, body }),
    patch: (path, body, options) => act("PATCH", path, { ...options, body }),
    delete: (path, options) => act("DELETE", path, options),
  };
}

function parsed(text) {
  try {
    const found = parse(text);
    return found !== null && typeof found === "object" ? found : null;
  } catch {
    return null;
  }
}
