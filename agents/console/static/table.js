// A list of records: a table where there is room, cards where there is not. Thousands of rows scroll: only those in sight, and
// some beside them, are in the document; the next page is asked for before its end is seen.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./dom.js";

const WHOLE = 150; // so many rows are simply there
const BESIDE = 12;
const ROW_PIXELS = 41;

/**
 * `columns`: `{ name, head, cell(row), wide?, number? }`, the first one being the row's title; `href(row)`: where its title
 * leads; `identity(row)`; `chosen`: a set of identities, where rows can be chosen, and `choose(identity)`; `onEnd()`: asks for more; `caption`: says what it is, for who cannot see it; `after`: what stands
 * below, as how many there are.
 */
export function Table({ columns, rows, identity, href, caption, onEnd, after, chosen, choose }) {
  const body = useRef(null);
  const [first, last, height] = useSight(body, rows.length, onEnd);
  const shown = rows.slice(first, last);
  return html`<div class="table">
    <table role="table" aria-rowcount=${rows.length}>
      <caption class="hidden">${caption}</caption>
      <thead role="rowgroup"><tr role="row">${chosen && html`<th role="columnheader" scope="col" class="cell-choose"><span class="hidden">chosen</span></th>`}${columns.map((one) => html`<th role="columnheader" scope="col" class=${kind(one)}>${one.head}</th>`)}</tr></thead>
      <tbody role="rowgroup" ref=${body}>
        ${first > 0 && html`<tr class="gap" aria-hidden="true" key="above"><td style=${{ height: `${first * height}px` }}></td></tr>`}
        ${shown.map((row, index) => html`<tr role="row" class="row" key=${identity(row)} aria-rowindex=${first + index + 1}>
          ${chosen && html`<td role="cell" class="cell-choose"><input type="checkbox" data-choose aria-label="choose" checked=${chosen.has(identity(row))} onChange=${() => choose(identity(row))} /></td>`}
          ${columns.map((one, place) => html`<td role="cell" class=${`${kind(one)}${place === 0 ? " cell-title" : ""}`} data-head=${one.head}>
            ${place === 0 && href ? html`<a data-row class="row-link" href=${href(row)}>${one.cell(row)}</a>` : one.cell(row)}
          </td>`)}
        </tr>`)}
        ${last < rows.length && html`<tr class="gap" aria-hidden="true" key="below"><td style=${{ height: `${(rows.length - last) * height}px` }}></td></tr>`}
      </tbody>
    </table>
    ${after && html`<p class="table-after">${after}</p>`}
  </div>`;
}

const kind = (column) => `cell-${column.name}${column.number ? " number" : ""}${column.wide ? " wide" : ""}`;

/** The first row in sight, the one after the last, and a row's height, measured on what is there. */
function useSight(body, count, onEnd) {
  const [sight, setSight] = useState([0, Math.min(count, WHOLE), ROW_PIXELS]);
  const asked = useRef(0);
  const look = () => {
    const found = body.current;
    if (found === null) return;
    const rows = found.querySelectorAll("tr.row");
    const height = rows.length > 0 ? (rows[rows.length - 1].getBoundingClientRect().bottom - rows[0].getBoundingClientRect().top) / rows.length : ROW_PIXELS;
    const box = found.getBoundingClientRect();
    if (onEnd && box.bottom - innerHeight < 3 * innerHeight && asked.current !== count) {
      asked.current = count;
      onEnd();
    }
    if (count <= WHOLE) return setSight(([a, b, h]) => (a === 0 && b === count ? [a, b, h] : [0, count, height]));
    const above = Math.max(0, Math.floor(-box.top / height) - BESIDE);
    const below = Math.min(count, Math.ceil((innerHeight - box.top) / height) + BESIDE);
    setSight(([a, b, h]) => (a === above && b === below ? [a, b, h] : [above, Math.max(below, above), height]));
  };
  useLayoutEffect(look, [count]);
  useEffect(() => {
    let waiting = false;
    const moved = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        look();
      });
    };
    addEventListener("scroll", moved, { passive: true });
    addEventListener("resize", moved);
    return () => {
      removeEventListener("scroll", moved);
      removeEventListener("resize", moved);
    };
  }, [count, onEnd]);
  return sight;
}
