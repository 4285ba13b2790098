// Who did what, and why: replays, purges, repairs, silences, pauses, erasures.
import { html } from "./dom.js";
import { Count, usePages } from "./listing.js";
import { link } from "./router.js";
import { Table } from "./table.js";
import { Age, Line, Nothing, When, flat, spaced } from "./ui.js";

/** `#/audit` */
export function View() {
  const pages = usePages("audit", {}, "audit");
  const empty = pages.rows === null || pages.rows.length === 0;
  return html`<div class="view"><header class="view-head"><h1>Audit</h1><${Age} asked=${pages} /></header>
    ${empty ? html`<div class="card"><${Nothing} asked=${pages} empty="Nobody has done anything yet." /></div>`
      : html`<${Table} caption="what was done" columns=${COLUMNS} rows=${pages.rows} identity=${(one) => one.id} onEnd=${pages.complete ? null : pages.more}
          after=${html`<${Count} pages=${pages} what="actions" />`} />`}
    <${Line} command="python -m opsctl audit" /></div>`;
}

const COLUMNS = [
  { name: "who", head: "who", cell: (one) => html`<b>${one.actor}</b>` },
  { name: "states", head: "did", cell: (one) => html`<${Did} one=${one} />` },
  { name: "why", head: "why", wide: true, cell: (one) => html`<span>${one.reason}</span>` },
  { name: "about", head: "about", wide: true, cell: (one) => html`<span class="muted" title=${about(one)}>${about(one)}</span>` },
  { name: "created", head: "when", cell: (one) => html`<${When} at=${one.createdAt} />` },
];

function Did({ one }) {
  const words = `${spaced(one.action).replaceAll(".", " ")}${one.forced ? ", forced" : ""}`;
  const operation = one.what?.operationId;
  return operation ? html`<a href=${link(["operations", operation])}>${words}</a>` : html`<span>${words}</span>`;
}

const about = (one) => flat(one.what);
