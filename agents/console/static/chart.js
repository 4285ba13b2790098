// A chart over time: drawn by uPlot, with marks, a range that is dragged, and the same as a table. Null is a gap, never zero.
import { html, useEffect, useRef, useState } from "./dom.js";
import { Table } from "./table.js";
import { utc } from "./time.js";

const HEIGHT = 168;
const TONES = ["info", "page", "ticket", "ok", "unknown", "muted"];
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [1, 2]]; // told apart without colours as well
const MARKED = { deployment: "ok", setting: "info", breaker: "page", action: "ticket" };

/** The colours as the page has them now, and whenever that changes. */
function useShade() {
  const [shade, setShade] = useState(0);
  useEffect(() => {
    const changed = () => setShade((count) => count + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    const chosen = new MutationObserver(changed);
    system.addEventListener("change", changed);
    chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      system.removeEventListener("change", changed);
      chosen.disconnect();
    };
  }, []);
  return shade;
}

/** A custom property as a colour that a canvas understands. */
function colour(name, box) {
  const probe = document.createElement("i");
  probe.className = `ink-${name}`;
  box.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/**
 * `lines`: `{ label, values, tone? }`; `at`: ISO instants, as many as values; `marks`: `{ at, kind, text }`; `unit`: a word or a
 * function that writes a value; `splits`: by how much its axis may be parted; `step`: seconds between two instants; `ranged(from, until)`:
 * told the ISO instants of a range that was dragged, or chosen in the table; `range`: the one that is chosen, as `[from, until]`.
 */
export function Chart({ title, lines, at, marks, step, unit = String, splits, ranged, range }) {
  const box = useRef(null);
  const shade = useShade();
  const [open, setOpen] = useState(false);
  const known = lines.filter((line) => line.values.some((value) => value !== null));
  const told = useRef(ranged);
  told.current = ranged;
  useEffect(() => {
    if (known.length === 0) return undefined;
    let plot = null;
    let wanted = true;
    const size = new ResizeObserver(() => plot?.setSize({ width: box.current.clientWidth, height: HEIGHT }));
    import("./uplot.js").then(({ default: UPlot }) => {
      if (!wanted || box.current === null) return;
      plot = new UPlot(optionsOf(UPlot, { box: box.current, lines: known, marks, unit, splits, step, range, ranged: (...given) => told.current?.(...given) }),
        [at.map((one) => Date.parse(one) / 1000), ...known.map((line) => line.values)], box.current);
      size.observe(box.current);
    });
    return () => {
      wanted = false;
      size.disconnect();
      plot?.destroy();
    };
  }, [at, shade, known.map((line) => line.label).join(), range?.join()]);
  return html`<figure class="card chart">
    <figcaption class="card-head"><h2>${title}</h2>
      ${known.length > 0 && html`<button type="button" class="copy" aria-expanded=${open} onClick=${() => setOpen(!open)}>as a table<span class="hidden">: ${title}</span></button>`}</figcaption>
    ${known.length === 0 && html`<p class="nothing">Nothing was measured in this time. A point is kept every five minutes.</p>`}
    <div ref=${box} class="plot" aria-hidden="true"></div>
    ${open && html`<${Figures} title=${title} at=${at} lines=${known} unit=${unit} step=${step} ranged=${ranged} />`}
  </figure>`;
}

function optionsOf(UPlot, { box, lines, marks, unit, splits, step, range, ranged }) {
  const ink = Object.fromEntries([...TONES, "line"].map((tone) => [tone, colour(tone, box)]));
  const axis = { stroke: ink.muted, grid: { stroke: ink.line, width: 1 }, ticks: { stroke: ink.line, width: 1 }, font: "11px system-ui, sans-serif" };
  return {
    width: box.clientWidth, height: HEIGHT, tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    cursor: { sync: { key: "console" }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: { x: { range: (_plot, least, most) => [least, most + step] }, y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.08 : 1] } },
    axes: [{ ...axis, space: 60, size: 30, values: (_plot, at) => at.map(clock) }, { ...axis, size: 54, ...(splits ? { incrs: splits } : {}), values: (_plot, at) => at.map(unit) }],
    series: [
      { label: "UTC", value: (_plot, seconds) => (seconds === null ? "" : utc(new Date(seconds * 1000).toISOString()).slice(5, 16)) },
      ...lines.map((line, index) => ({
        label: line.label, stroke: ink[line.tone ?? TONES[index % TONES.length]], width: 1.6, dash: DASHES[index % DASHES.length],
        spanGaps: false, points: { size: 4, show: true, filter: pointsOf }, value: (_plot, value, _line, place) => (place === null ? "" : value === null || value === undefined ? "unknown" : unit(value)),
      })),
    ],
    hooks: {
      drawClear: [(plot) => range && drawRange(plot, range, ink)],
      draw: [(plot) => drawMarks(plot, marks, ink)],
      setSelect: [(plot) => {
        if (plot.select.width < 4) return;
        const [from, until] = [plot.select.left, plot.select.left + plot.select.width].map((place) => Math.floor(plot.posToVal(place, "x") / step) * step);
        ranged(stamp(from), stamp(until + step)); // a point stands for the time after it
      }],
    },
  };
}

/** Which points are drawn: all where there is room, else those that stand alone, which no line shows. */
function pointsOf(plot, place) {
  const values = plot.data[place];
  const roomy = plot.bbox.width / devicePixelRatio / values.length > 12;
  return [...values.keys()].filter((at) => values[at] !== null && (roomy || ((values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null)));
}

const stamp = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

function clock(seconds) {
  const text = new Date(seconds * 1000).toISOString();
  return text.slice(11, 16) === "00:00" ? text.slice(5, 10) : text.slice(11, 16);
}

/** The time whose jobs are shown below, behind the lines. */
function drawRange(plot, range, ink) {
  const { ctx, bbox } = plot;
  const [from, until] = range.map((one) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(Date.parse(one) / 1000, "x", true))));
  ctx.save();
  ctx.globalAlpha = 0.14;
  ctx.fillStyle = ink.info;
  ctx.fillRect(from, bbox.top, until - from, bbox.height);
  ctx.restore();
}

function drawMarks(plot, marks, ink) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const mark of marks) {
    const x = plot.valToPos(Date.parse(mark.at) / 1000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = ctx.fillStyle = ink[MARKED[mark.kind] ?? "muted"];
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const wide = 4 * devicePixelRatio;
    ctx.fillRect(x - wide, bbox.top, 2 * wide, wide);
  }
  ctx.restore();
}

/** The same figures, newest first; moments of which nothing is known are left out. */
function Figures({ title, at, lines, unit, step, ranged }) {
  const rows = at.map((moment, index) => ({ moment, values: lines.map((line) => line.values[index]) })).filter((row) => row.values.some((value) => value !== null)).reverse();
  const columns = [
    { name: "moment", head: "UTC", cell: (row) => html`<button type="button" class="as-link" onClick=${() => ranged(row.moment, stamp(Date.parse(row.moment) / 1000 + step))}>${utc(row.moment).slice(0, 16)}<span class="hidden">: its jobs</span></button>` },
    ...lines.map((line, index) => ({ name: "value", number: true, head: line.label, cell: (row) => html`<span>${row.values[index] === null ? "unknown" : unit(row.values[index])}</span>` })),
  ];
  return html`<${Table} caption=${`${title}, as a table`} columns=${columns} rows=${rows} identity=${(row) => row.moment} />`;
}
