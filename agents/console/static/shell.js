// What stands around every view: the bar in words, the navigation, the search, the list of keys.
import { Component, createContext, html, useCallback, useContext, useEffect, useRef, useState } from "./dom.js";
import { useAsked, useNow } from "./asking.js";
import { Dialog } from "./gate.js";
import { Holds } from "./holds.js";
import { SHORTCUTS, useKeys } from "./keys.js";
import { nextTheme, theme } from "./people.js";
import { go, link, useRoute } from "./router.js";
import { Age, Problem } from "./ui.js";
import { verdictOf } from "./verdict.js";
import { VIEWS } from "./views.js";

/** What the bar rests on, for the views that show more of it: `status` and `note`, as `useAsked` gives them. */
export const WatchContext = createContext(null);
export const useWatch = () => useContext(WatchContext);

const NEVER = { title: "Not here", load: async () => ({ View: () => html`<h1>Not here</h1><p class="nothing">There is no such view.</p>` }) };

/** The whole page once there is a key. `leave`: forgets it. */
export function Shell({ leave, dialog }) {
  const status = useAsked("status", { seconds: 10, accepts: [503] });
  const note = useAsked("incident-note", { query: { format: "json" }, seconds: 30 });
  const route = useRoute();
  const [helped, setHelped] = useState(false);
  useKeys({ help: useCallback(() => setHelped(true), []) });
  return html`<${WatchContext.Provider} value=${{ status, note }}>
    <a class="skip" href="#main" onClick=${toMain}>To the content</a>
    <${Masthead} route=${route} leave=${leave} help=${() => setHelped(true)} />
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

function Masthead({ route, leave, help }) {
  const [shade, setShade] = useState(theme());
  const here = route.parts[0] ?? "";
  const views = useRef(null);
  useEffect(() => {
    const current = views.current?.querySelector("[aria-current]"); // on a narrow page it may be out of sight
    if (current) views.current.scrollLeft = current.offsetLeft - (views.current.clientWidth - current.clientWidth) / 2;
  }, [here]);
  return html`<header class="masthead">
    <a class="mark" href="#/"><${Needle} /><span>PluckIt <em>on call</em></span></a>
    <nav aria-label="views" ref=${views}>${Object.entries(VIEWS).filter(([, view]) => view.nav).map(([name, view]) =>
      html`<a href=${link(name === "" ? [] : [name])} aria-current=${here === name ? "page" : null}>${view.nav}</a>`)}</nav>
    <${SearchField} route=${route} />
    <div class="tools">
      <button type="button" class="tool" onClick=${() => setShade(nextTheme())} title="dark, light, or as the system has it">${shade || "auto"}<span class="hidden"> theme</span></button>
      <button type="button" class="tool" onClick=${help} title="keyboard">?<span class="hidden"> keyboard</span></button>
      <button type="button" class="tool" onClick=${leave}>Lock</button>
    </div>
  </header>`;
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
    <input id="search" name="q" type="search" aria-label="search a user, item, job, dead letter, cause or operation" placeholder="user, item, job, dead letter, cause…" autocomplete="off" spellcheck=${false} key=${shown} defaultValue=${shown} />
    <kbd aria-hidden="true">/</kbd></form>`;
}

/** The bar. Its words are told aloud when they change; its age, which changes every second, is not. */
function Bar({ status, note }) {
  const now = useNow();
  const verdict = verdictOf({ status, note, now });
  useEffect(() => {
    document.title = `${verdict.level.toUpperCase()} · PluckIt on call`;
  }, [verdict.level]);
  return html`<section class="bar bar-${verdict.level}" aria-label="how it is">
    <p class="bar-words" role="status" aria-live="polite"><strong class="bar-level">${verdict.level.toUpperCase()}</strong>
      ${verdict.words.map((one, index) => html`${index > 0 && html`<span class="dot" aria-hidden="true"> · </span>`}<${Said} said=${one} />`)}</p>
    <${Age} asked=${status} />
  </section>`;
}

const Said = ({ said }) =>
  said.parts && (said.parts.length === 0 || VIEWS[said.parts[0]]) ? html`<a href=${link(said.parts)}>${words(said)}</a>` : html`<span>${words(said)}</span>`;
const words = ({ text, rest }) => html`${text}${rest && html`<span class="roomy">${rest}</span>`}`;

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
