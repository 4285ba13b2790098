// One field for everything: what the text can be is looked up at once, and what is found leads on.
import { html, useEffect, useState } from "./dom.js";
import { useApi } from "./asking.js";
import { link } from "./router.js";
import { Problem, When, Word, spaced } from "./ui.js";

const SHOWN = 8;
const NEWEST = 200;
const HEX = /^[0-9a-f]{6,64}$/i;

/** `#/search?q=…` */
export function View({ query }) {
  const api = useApi();
  const text = (query.q ?? "").trim();
  const [found, setFound] = useState({ text: null, sections: [], errors: [] });
  useEffect(() => {
    if (text === "") return undefined;
    const stop = new AbortController();
    lookUp(api, text, stop.signal).then((result) => !stop.signal.aborted && setFound({ text, ...result }));
    return () => stop.abort();
  }, [api, text]);
  const rows = found.sections.flatMap((one) => one.rows);
  const only = found.text === text && rows.length === 1 && rows[0].exact ? rows[0] : null;
  useEffect(() => {
    if (only) location.replace(only.href);
  }, [only?.href]);
  return html`<div class="view"><header class="view-head"><h1>Search: ${text}</h1></header>
    ${text === "" && html`<p class="nothing">A user, an item, a job, a dead letter, a cause (fingerprint) or an operation; ids may be short.</p>`}
    ${text !== "" && found.text !== text && html`<p class="nothing asking">looking…</p>`}
    ${found.text === text && html`
      ${found.errors.map((error) => html`<${Problem} error=${error} />`)}
      ${rows.length === 0 && found.errors.length === 0 && html`<p class="nothing">Nothing is known by this name. Jobs are kept for 120 days, dead letters for 90.</p>`}
      ${found.sections.filter((one) => one.rows.length > 0).map((one) => html`<section class="card found" aria-label=${one.title}>
        <header class="card-head"><h2>${one.title}</h2>${one.all && html`<a class="small" href=${one.all}>all of them</a>`}</header>
        <ul class="plain">${one.rows.slice(0, SHOWN).map((row) => html`<li key=${row.href}><a data-row class="found-row" href=${row.href}>${row.shown}</a></li>`)}</ul>
      </section>`)}`}</div>`;
}

/** Ask for everything that the text can be, at once; what fails is told beside what was found. */
async function lookUp(api, text, signal) {
  const asks = [byUser, byItem, byJob, byLetter, byCause, byOperation].map((ask) => ask(api, text, signal));
  const settled = await Promise.allSettled(asks);
  const errors = settled.filter((one) => one.status === "rejected").map((one) => one.reason);
  return { sections: settled.filter((one) => one.status === "fulfilled" && one.value).map((one) => one.value), errors: errors.slice(0, 1) };
}

async function pageOf(api, path, field, query, signal) {
  return (await api.get(path, { query, signal })).document[field];
}

/** What is not there is no error here. */
async function one(api, path, signal) {
  try {
    return (await api.get(path, { signal })).document;
  } catch (error) {
    if (error.status === 404 || error.status === 400) return null;
    throw error;
  }
}

const jobRow = (job, exact = false) => ({
  href: link(["jobs", job.jobId]), exact,
  shown: html`<span><b>${job.userId ?? "no user"}</b> · ${job.itemId ?? job.kind}</span><${Word} of=${job.status} /><span class="muted">${job.kind}</span><span class="muted"><${When} at=${job.createdAt} never="" /></span>`,
});

const letterRow = (letter, exact = false) => ({
  href: link(["dead-letters", letter.id]), exact,
  shown: html`<span><b>${spaced(letter.reason)}</b> ${letter.description}</span><${Word} of=${letter.status} /><span class="muted">${letter.kind ?? ""}</span><span class="muted"><${When} at=${letter.createdAt} /></span>`,
});

async function byUser(api, text, signal) {
  const query = { userId: text, limit: SHOWN };
  const [jobs, letters] = await Promise.all([
    pageOf(api, "jobs", "jobs", query, signal),
    pageOf(api, "dead-letters", "deadLetters", { ...query, status: "open" }, signal),
  ]);
  const page = { href: link(["users", text]), shown: html`<span>what they like, what the digest shows them, all their jobs</span>` };
  if (letters.length + jobs.length === 0) return null;
  return { title: `User ${text}`, all: link(["jobs"], { userId: text }), rows: [page, ...letters.map((row) => letterRow(row)), ...jobs.map((row) => jobRow(row))] };
}

async function byItem(api, text, signal) {
  const jobs = await pageOf(api, "jobs", "jobs", { itemId: text, limit: SHOWN }, signal);
  return { title: `Item ${text}`, all: link(["jobs"], { itemId: text }), rows: jobs.map((row) => jobRow(row)) };
}

async function byJob(api, text, signal) {
  if (!HEX.test(text)) return null;
  if (text.length === 64) {
    const job = await one(api, `jobs/${text}`, signal);
    return job && { title: "Job", rows: [jobRow(job, true)] };
  }
  const newest = await pageOf(api, "jobs", "jobs", { limit: NEWEST }, signal);
  const rows = newest.filter((row) => row.jobId.startsWith(text.toLowerCase())).map((row) => jobRow(row, true));
  return { title: `Jobs ${text}… among the newest ${NEWEST}`, rows };
}

async function byLetter(api, text, signal) {
  if (/^([0-9a-f]{64}\.|raw\.)/i.test(text)) {
    const letter = await one(api, `dead-letters/${encodeURIComponent(text)}`, signal);
    if (letter) return { title: "Dead letter", rows: [letterRow(letter, true)] };
  }
  if (!HEX.test(text) && !/^raw\.[0-9a-f]+$/i.test(text)) return null;
  const newest = await pageOf(api, "dead-letters", "deadLetters", { limit: NEWEST }, signal);
  const rows = newest.filter((row) => row.id.startsWith(text.toLowerCase())).map((row) => letterRow(row, true));
  return { title: `Dead letters ${text}… among the newest ${NEWEST}`, rows };
}

async function byCause(api, text, signal) {
  if (!/^[0-9a-f]{16}$/i.test(text)) return null;
  const letters = await pageOf(api, "dead-letters", "deadLetters", { fingerprint: text.toLowerCase(), limit: SHOWN }, signal);
  return { title: `Cause ${text}`, all: link(["dead-letters"], { fingerprint: text.toLowerCase() }), rows: letters.map((row) => letterRow(row)) };
}

async function byOperation(api, text, signal) {
  if (!/^op-[0-9a-f]+$/i.test(text)) return null;
  const found = text.length > 30 ? [await one(api, `replays/${encodeURIComponent(text)}`, signal)] : await pageOf(api, "replays", "replays", { limit: NEWEST }, signal);
  const rows = found.filter((row) => row?.id?.startsWith(text)).map((row) => ({
    href: link(["operations", row.id]), exact: true,
    shown: html`<span><b>${row.action}</b> by ${row.actor}: ${row.reason}</span><${Word} of=${row.status} /><span class="muted">${row.total} records</span><span class="muted"><${When} at=${row.createdAt} /></span>`,
  }));
  return { title: "Operation", rows };
}
