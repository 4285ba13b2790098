// The bar's words: is it bad, what, since when, how bad. Pure: made of the last answers and nothing else.
import { instant, length, since } from "./time.js";

const RANKS = ["ticket", "page", "critical"];
const MOST_NAMED = 2;

/** What fires and is not silenced, the gravest and oldest first. */
export function firing(status) {
  return (status?.rules ?? [])
    .filter((rule) => rule.phase === "firing")
    .sort((a, b) => RANKS.indexOf(b.severity) - RANKS.indexOf(a.severity) || String(a.firedAt).localeCompare(String(b.firedAt)));
}

/** True while somebody has silenced it. */
export const isSilenced = (rule, now) => (instant(rule.silenced?.until) ?? 0) > now;

/** How many wait in the queues of jobs: of likes, and of the rest; null where any is not known. */
export function waiting(status) {
  const queues = status?.queues?.filter((queue) => queue.role === "jobs") ?? null;
  const sum = (found) => (found.some((one) => one.depth === null) ? null : found.reduce((all, one) => all + one.depth, 0));
  if (queues === null || queues.length === 0) return { likes: null, others: null };
  const likes = (queue) => queue.kind === "taste-analysis";
  return { likes: sum(queues.filter(likes)), others: sum(queues.filter((queue) => !likes(queue))) };
}

/**
 * `level`: `page`, `ticket`, `watch` (a dependency fails, and nothing fires yet), `ok` or `unknown`; `words`: what follows it,
 * each `{ text, parts }` with the view that tells more. `status`, `note`: what `useAsked` gave.
 */
export function verdictOf({ status, note, now }) {
  const known = status.document;
  if (known === null || status.error !== null) {
    const why = status.error ? `the app does not answer (${status.error.message})` : "asking";
    const from = status.failedSince ? ` since ${since(new Date(status.failedSince).toISOString(), now)}` : "";
    const last = known ? [{ text: `last known ${length((now - status.at) / 1000)} ago: ${levelOf(known, null, now).toUpperCase()}` }] : [];
    return { level: "unknown", words: [{ text: `${why}${from}` }, ...last] };
  }
  const fails = note.error === null ? failing(note.document) : [];
  const alerts = firing(known).filter((rule) => !isSilenced(rule, now));
  const words = [
    ...fails.map((one) => ({ text: one.words, parts: [] })),
    ...alerts.slice(0, MOST_NAMED).map((rule) => ({ text: `${rule.alert} ${rule.title}, since ${since(rule.firedAt, now)}`, parts: [] })),
  ];
  if (alerts.length > MOST_NAMED) words.push({ text: `${alerts.length - MOST_NAMED} more`, parts: [] });
  if (words.length === 0) words.push(...unread(known));
  return { level: levelOf(known, note.document, now), words: [...words, ...silent(known, now), ...burden(known)] };
}

function levelOf(status, note, now) {
  const loud = firing(status).filter((rule) => !isSilenced(rule, now));
  if (!status.ok && (loud.some((rule) => rule.severity !== "ticket") || loud.length === 0)) return "page";
  if (loud.length > 0) return "ticket";
  return failing(note).length > 0 ? "watch" : "ok";
}

/** The dependencies that fail, each once and in words: `model failing 97% of 300 in 10 min: …`. */
export function failing(note) {
  return (note?.dependencies ?? [])
    .filter((one) => one.state === "failing")
    .map((one) => {
      const why = one.problem || one.detail;
      return { ...one, words: /^(failing|suspended)/.test(why) ? `${one.name} ${why}` : `${one.name} failing: ${why}` };
    });
}

function unread(status) {
  if (status.problems.length === 0) return [{ text: "nothing fires", parts: [] }];
  const more = status.problems.length - 1;
  return [{ text: status.problems[0] + (more > 0 ? `, and ${more} more` : ""), parts: [] }];
}

function silent(status, now) {
  const count = firing(status).filter((rule) => isSilenced(rule, now)).length;
  return count > 0 ? [{ text: `${count} silenced`, parts: [] }] : [];
}

function burden(status) {
  const { likes, others } = waiting(status);
  const dead = status.deadLetters;
  const open = dead === null || dead === undefined ? "unknown" : `${dead.open}${dead.complete ? "" : " or more"}`;
  const jobs = others === 0 ? "" : `, ${others ?? "unknown"} other jobs`;
  return [
    { text: `${likes ?? "unknown"} likes waiting${jobs}`, parts: ["jobs"] },
    { text: `${open} dead`, parts: ["dead-letters"] },
  ];
}
