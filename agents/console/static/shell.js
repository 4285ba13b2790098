// What stands around every view: the bar in words, the navigation, the search, the list of keys.
import { Component, html, useCallback, useEffect, useRef, useState } from "./dom.js";
import { turnHeld, useApi, useAsked, useHeld, useNow } from "./asking.js";
import { Dialog } from "./gate.js";
import { Holds } from "./holds.js";
import { SHORTCUTS, useKeys } from "./keys.js";
import { nextTheme, theme, turnClock, useClock } from "./people.js";
import { go, link, useRoute } from "./router.js";
import { Age, Problem } from "./ui.js";
import { verdictOf } from "./verdict.js";
import { VIEWS } from "./views.js";
import { WatchContext, lacking } from "./watch.js";

const NEVER = { title: "Not here", load: async () => ({ View: () => html`<h1>Not here</h1><p class="nothing">There is no such view.</p>` }) };

/** The whole page once there is a key. `leave`: forgets it. */
export function Shell({ leave, dialog }) {
  const status = useAsked("status", { seconds: 10, accepts: [503] });
  const note = useAsked("incident-note", { query: { format: "json" }, seconds: 30 });
  const who = useAsked("whoami", { seconds: 300 });
  const route = useRoute();
  const [helped, setHelped] = useState(false);
  useKeys({ help: useCallback(() => setHelped(true), []) });
  return html`<${WatchContext.Provider} value=${{ status, note, who }}>
    <a class="skip" href="#main" onClick=${toMain}>To the content</a>
    <${Masthead} route=${route} status=${status} who=${who} leave=${leave} help=${() => setHelped(true)} />
    <${Bar} status=${status} note=${note} />
    <${Holds} status=${status} />
    <main id="main" tabindex="-1" data-view=${location.hash}><${Shown} route=${route} /></main>
    ${helped && html`<${Help} closed=${() => setHelped(false)} />`}
    ${dialog}
  <//>`;
}

function toMain(event) {
  event.preventDefault(); // an address behind # is a view
  document.querySelector("#main").focus();
}

const SHADES = { "": "◐", dark: "●", light: "○" };

function Masthead({ route, status, who, leave, help }) {
  const [shade, setShade] = useState(theme());
  const told = useClock();
  const held = useHeld();
  const here = route.parts[0] ?? "";
  const views = useRef(null);
  useEffect(() => {
    const current = views.current?.querySelector("[aria-current]"); // on a narrow page it may be out of sight
    if (current) views.current.scrollLeft = current.offsetLeft - (views.current.clientWidth - current.clientWidth) / 2;
  }, [here]);
  return html`<header class="masthead">
    <a class="mark" href="#/"><${Needle} /><span>PluckIt <em>on call</em></span></a>
    <nav aria-label="views" ref=${views}>${Object.entries(VIEWS).filter(([, view]) => view.nav).map(([name, view]) =>
      html`<a href=${link(name === "" ? [] : [name])} aria-current=${here === name ? "page" : null}><span data-word=${view.nav}>${view.nav}</span>${name === "dead-letters" && html`<${Open} status=${status} />`}</a>`)}</nav>
    <${SearchField} route=${route} />
    <div class="tools">
      <${Locked} who=${who} />
      <button type="button" class="tool" aria-pressed=${held} onClick=${() => turnHeld()} title=${held ? "nothing is asked by itself: let it go on (p)" : "it asks by itself: stop that, to read in peace (p)"}>${held ? "frozen" : "live"}<span class="hidden"> updates</span></button>
      <button type="button" class="tool" onClick=${turnClock} title="times as UTC, or as how long ago (t)">${told ? "UTC" : "ago"}<span class="hidden"> times</span></button>
      <button type="button" class="tool" onClick=${() => setShade(nextTheme())} title=${`theme: ${shade || "as the system has it"}; dark, light, or as the system has it`}><span aria-hidden="true">${SHADES[shade]}</span><span class="hidden">theme: ${shade || "as the system has it"}</span></button>
      <button type="button" class="tool" onClick=${help} title="keyboard">?<span class="hidden"> keyboard</span></button>
      <button type="button" class="tool" onClick=${leave}>Lock</button>
    </div>
  </header>`;
}

/** How many dead letters are open, beside their view. */
function Open({ status }) {
  const open = status.document?.deadLetters?.open;
  return open > 0 && html` <span class="nav-count">${open.toLocaleString("en-GB")}${status.document.deadLetters.complete ? "" : "+"}<span class="hidden"> open</span></span>`;
}

/** That one may read alone, and the way to the other key. */
function Locked({ who }) {
  const api = useApi();
  const lacks = lacking(who);
  if (lacks === null) return null;
  if (lacks === "role") return html`<span class="state state-unknown" title="your sign-in has no role that acts (Ops.Act)">read only</span>`;
  return html`<button type="button" class="tool" onClick=${() => api.unlock()} title="actions need a second key besides the one that reads">read only…</button>`;
}

const Needle = () => html`<svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" class="needle">
  <path class="thread" d="M4 22c6 0 6-9 12-9s6 6 11 6" /><path class="steel" d="M24 5 12 27" /></svg>`;

function SearchField({ route }) {
  const submit = (event) => {
    event.preventDefault();
    const text = event.currentTarget.elements.q.value.trim();
    if (text !== "") go(["search"], { q: text });
  };
  const shown = route.parts[0] === "search" ? route.query.q ?? "" : "";
  if (!VIEWS.search) return null;
  return html`<form class="search" role="search" onSubmit=${submit}>
    <input id="search" name="q" type="search" aria-label="search a user, item, job, dead letter, cause or operation" placeholder="search…" autocomplete="off" spellcheck=${false} key=${shown} defaultValue=${shown} />
    <kbd aria-hidden="true">/</kbd></form>`;
}

/** The bar. What fails and fires is told aloud when that changes; how many wait and how old it is changes all the time, and is not. */
function Bar({ status, note }) {
  const now = useNow();
  const verdict = verdictOf({ status, note, now });
  const held = useHeld();
  useEffect(() => {
    document.title = `${verdict.level.toUpperCase()} · PluckIt on call`;
    document.querySelector("link[rel=icon]").href = mark(verdict.level);
  }, [verdict.level]);
  return html`<section class="bar bar-${verdict.level}" aria-label="how it is">
    <p class="bar-words"><strong class="bar-level">${verdict.level.toUpperCase()}</strong>
      ${verdict.words.map((one, index) => html`${index > 0 && html`<span class="dot" aria-hidden="true"> · </span>`}<${Said} said=${one} roomy=${index > 0} />`)}</p>
    <p class="hidden" role="status">${aloud(verdict)}</p>
    <span class="bar-age">${held && html`<b>frozen</b> · `}<${Age} asked=${status} /></span>
  </section>`;
}

const aloud = ({ level, words: said }) => `${level}: ${said.filter((one) => !one.counts).map((one) => one.text + (one.rest ?? "")).join(", ")}`;

const INKS = { page: "#a3211a", ticket: "#b06a00", watch: "#b06a00", ok: "#1c653a", unknown: "#585170" };
const SIGNS = { page: "M15 7h2v11h-2zM15 21h2v3h-2z", ticket: "M15 7h2v11h-2zM15 21h2v3h-2z", watch: "M15 7h2v11h-2zM15 21h2v3h-2z", ok: "M8 16l6 6 11-12-2-2-9 10-4-4z", unknown: "M8 15h16v2H8z" };

/** The icon of the tab: the level in colour and sign, for who has many tabs. */
const mark = (level) =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="${INKS[level]}"/><path fill="#fff" d="${SIGNS[level]}"/></svg>`)}`;

const Said = ({ said, roomy }) =>
  said.parts && (said.parts.length === 0 || VIEWS[said.parts[0]]) ? html`<a href=${link(said.parts, said.query)}>${words(said, roomy)}</a>` : html`<span>${words(said, roomy)}</span>`;
const words = ({ text, rest }, roomy) => html`${text}${rest && html`<span class=${roomy ? "roomy" : ""}>${rest}</span>`}`;

/** The view of an address; one that fails says so and leaves the rest standing. */
function Shown({ route }) {
  const name = route.parts[0] ?? "";
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : NEVER;
  const [made, setMade] = useState({ view: null, Draw: null, error: null });
  useEffect(() => {
    let wanted = true;
    view.load().then(
      (module) => wanted && setMade({ view, Draw: module.View, error: null }),
      (error) => wanted && setMade({ view, Draw: null, error }),
    );
    return () => { wanted = false; };
  }, [view]);
  useEffect(() => scrollTo(0, 0), [route.parts.join("/")]);
  if (made.view === view && made.error) return html`<${Problem} error=${new Error("This view could not be fetched: load the page anew.")} />`;
  if (made.view !== view) return html`<p class="nothing asking">…</p>`;
  return html`<${Standing} key=${route.parts.join("/")}><${made.Draw} parts=${route.parts} query=${route.query} /><//>`;
}

class Standing extends Component {
  componentDidCatch(error) {
    console.error(error);
    this.setState({ failed: true });
  }

  render({ children }, { failed }) {
    return failed ? html`<${Problem} error=${new Error("This view met something that it does not know. The rest of the console goes on.")} />` : children;
  }
}

const Help = ({ closed }) => html`<${Dialog} title="Keyboard" closed=${closed}>
  <dl class="facts keys">${SHORTCUTS.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
<//>`;
