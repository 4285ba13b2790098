// Long lists: page after page by cursor, with a filter that is the address itself.
import { html, useCallback, useEffect, useRef, useState } from "./dom.js";
import { mayAsk, onAgain, useApi } from "./asking.js";
import { go } from "./router.js";
import { instantOf } from "./time.js";

const PAGE = 100;
const AGAIN_SECONDS = 20; // a list of one page is asked for again; a longer one stays as it was read

/**
 * The records of `path` that match `query`, from `field` of its answer. Gives `rows` (null before the first answer), `at`, `error`,
 * `document` (the first page's), `complete` (no further page), `more()` and `again()`.
 */
export function usePages(path, query, field, { limit = PAGE } = {}) {
  const api = useApi();
  const what = JSON.stringify([path, query]);
  const [state, setState] = useState({ what, ...EMPTY });
  const asking = useRef(null);

  const load = useCallback(async (cursor) => {
    if (cursor !== null && asking.current) return;
    asking.current?.abort();
    const mine = new AbortController();
    asking.current = mine;
    try {
      const { document, at } = await api.get(path, { query: { ...query, limit, cursor }, signal: mine.signal });
      const found = { what, document, at, cursor: document.cursor ?? null, error: null };
      setState((last) => ({ ...found, rows: cursor === null ? document[field] : [...(last.rows ?? []), ...document[field]] }));
    } catch (error) {
      if (!mine.signal.aborted) setState((last) => ({ ...(last.what === what ? last : EMPTY), what, error }));
    } finally {
      if (asking.current === mine) asking.current = null;
    }
  }, [api, what]);

  const shown = state.what === what ? state : EMPTY;
  const long = (shown.rows?.length ?? 0) > limit;
  useEffect(() => {
    const again = () => load(null);
    again();
    const stop = onAgain(again);
    return () => {
      stop();
      asking.current?.abort();
    };
  }, [load]);
  useEffect(() => {
    if (long) return undefined;
    const timer = setInterval(() => mayAsk() && !asking.current && load(null), AGAIN_SECONDS * 1000);
    return () => clearInterval(timer);
  }, [load, long]);

  const more = useCallback(() => shown.cursor !== null && load(shown.cursor), [load, shown.cursor]);
  return { ...shown, complete: shown.rows !== null && shown.cursor === null, more, again: () => load(null) };
}

const EMPTY = Object.freeze({ rows: null, document: null, at: null, cursor: null, error: null });

/** How many rows are there, and whether more are. */
export function Count({ pages, what }) {
  if (pages.rows === null) return null;
  const text = `${pages.rows.length.toLocaleString("en-GB")} ${pages.rows.length === 1 ? what.replace(/s$/, "") : what}`;
  if (pages.complete) return html`<span>${text}, that is all</span>`;
  return html`<span>${text} so far <button type="button" class="copy" onClick=${pages.more}>more</button>${pages.error && ` ${pages.error.message}`}</span>`;
}

/** The rows that somebody has chosen: the set, how to choose one or not, how to choose none. Another `what` begins anew. */
export function useChosen(what) {
  const [state, setState] = useState({ what, chosen: new Set() });
  const chosen = state.what === what ? state.chosen : new Set();
  const choose = (identity) => setState((last) => {
    const next = new Set(last.what === what ? last.chosen : []);
    if (!next.delete(identity)) next.add(identity);
    return { what, chosen: next };
  });
  return [chosen, choose, () => setState({ what, chosen: new Set() })];
}

/** What can be done with the chosen rows: there while there are any. */
export const Chosen = ({ chosen, none, children }) =>
  chosen.size > 0 && html`<div class="chosen" role="region" aria-label="chosen rows"><span role="status"><b>${chosen.size.toLocaleString("en-GB")}</b> chosen</span>${children}<button type="button" class="copy" onClick=${none}>none</button></div>`;

/**
 * A filter: `fields` are `{ name, label, options?, type?, known? }`, an option being a word or `[word, label]`; `known`: words that are offered. What is chosen goes into the
 * address, from where it comes back. Times are UTC.
 */
export function Filters({ parts, query, fields, children }) {
  const put = (event) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const chosen = Object.fromEntries(fields.map((one) => [one.name, valueOf(one, given.get(one.name) ?? "", query[one.name])]));
    const rest = Object.fromEntries(Object.entries(query).filter(([name]) => !fields.some((one) => one.name === name)));
    go(parts, { ...rest, ...chosen }, { replace: true });
  };
  const set = fields.filter((one) => query[one.name]);
  const without = (name) => go(parts, { ...query, [name]: "" }, { replace: true });
  return html`<form class="filters" onSubmit=${put} onChange=${put} key=${JSON.stringify(query)} aria-label="filter">
    <details open=${innerWidth > NARROW}><summary>filter</summary><div class="filter-fields">
      ${fields.map((one) => html`<label>${one.label}<${Field} field=${one} value=${query[one.name] ?? ""} /></label>`)}
      ${children}
      <button class="hidden">filter</button>
    </div></details>
    ${set.length > 0 && html`<p class="chips">${set.map((one) => html`<button type="button" class="chip" onClick=${() => without(one.name)}>${one.label}: <b>${query[one.name]}</b> <span aria-hidden="true">×</span><span class="hidden">take away</span></button>`)}</p>`}
  </form>`;
}

const NARROW = 640;
function Field({ field, value }) {
  if (field.options) {
    return html`<select name=${field.name}><option value="" selected=${value === ""}>any</option>${field.options.map((option) => {
      const [word, label] = Array.isArray(option) ? option : [option, option.replaceAll("_", " ")];
      return html`<option value=${word} selected=${value === word}>${label}</option>`;
    })}</select>`;
  }
  if (field.type === "time") return html`<input name=${field.name} type="text" placeholder="2h, 3d, a date" title="so long ago (90m, 2h, 3d), or a time in UTC: 2026-11-26 18:00" defaultValue=${value && value.slice(0, 16).replace("T", " ")} autocomplete="off" />`;
  const list = field.known?.length > 0 ? `known-${field.name}` : null;
  return html`<input name=${field.name} type="text" defaultValue=${value} autocomplete="off" spellcheck=${false} list=${list} />
    ${list && html`<datalist id=${list}>${field.known.map((one) => html`<option value=${one} />`)}</datalist>`}`;
}

function valueOf(field, text, before) {
  if (field.type === "time") return before && text === before.slice(0, 16).replace("T", " ") ? before : instantOf(text, Date.now());
  return String(text).trim();
}
