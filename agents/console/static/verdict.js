// The bar's words: is it bad, what, since when, how bad. Pure: made of the last answers and nothing else.
import { brief, counted, instant, length, since } from "./time.js";

const RANKS = ["ticket", "page", "critical"];
const MOST_NAMED = 2; // alerts beside nothing else that fails; one beside that

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
 * `level`: `page`, `ticket`, `watch` (a dependency fails and nothing fires yet, or nobody has looked), `ok` or `unknown`; `words`: what follows it,
 * each `{ text, rest?, parts, query? }` with the view that tells more; `rest` is for pages with room; `counts`: it is a number that changes all the time. `status`, `note`: what `useAsked` gave.
 */
export function verdictOf({ status, note, now }) {
  const known = status.document;
  if (known === null || status.error !== null) {
    const why = status.error ? `the app does not answer (${status.error.message})` : "asking";
    const from = status.failedSince ? ` since ${since(new Date(status.failedSince).toISOString(), now)}` : "";
    const last = known ? [{ counts: true, text: `last known ${length((now - status.at) / 1000)} ago: ${levelOf(known, [], now).toUpperCase()}` }] : [];
    return { level: "unknown", words: [{ text: `${why}${from}` }, ...last] };
  }
  const fails = failing(known, note.error === null ? note.document : null, now);
  const alerts = firing(known).filter((rule) => !isSilenced(rule, now));
  const named = fails.length > 0 ? 1 : MOST_NAMED;
  const words = [
    ...fails.map((one) => ({ text: one.words, parts: [] })),
    ...(fails.length > 0 ? failures(known) : []),
    ...lost(known, now),
    ...alerts.slice(0, named).map((rule) => ({ text: rule.alert, rest: ` ${rule.title}, since ${since(rule.firedAt, now)}`, parts: [] })),
  ];
  if (alerts.length > named) words.push({ text: `${counted(alerts.length - named, "more alerts")}`, parts: [] });
  if (words.length === 0) words.push(...unread(known, now));
  return { level: levelOf(known, fails, now), words: [...words, ...silent(known, now), ...burden(known)] };
}

function levelOf(status, fails, now) {
  const loud = firing(status).filter((rule) => !isSilenced(rule, now));
  if (!status.ok && (loud.some((rule) => rule.severity !== "ticket") || loud.length === 0)) return "page";
  if (loud.length > 0) return "ticket";
  return fails.length > 0 || status.lastLookAt === null ? "watch" : "ok";
}

/**
 * The dependencies that fail, each once, as `{ name, why, words }`: those that nobody asks for a while, which the status has, and those
 * of the preflight, which the note has.
 */
export function failing(status, note, now) {
  const held = (status?.dependencies ?? []).map((one) => ({ name: one.name.replace(/^the /, ""), why: `${one.reason} since ${since(one.since, now)}`, probe: one.nextProbeAt }));
  const looked = (note?.dependencies ?? [])
    .filter((one) => one.state === "failing" && !held.some((other) => other.name.split(" ")[0] === one.name))
    .map((one) => ({ name: one.name, why: brief(one.problem || one.detail, now) }));
  return [...held, ...looked].map((one) => {
    const why = one.why.replaceAll("_", " ");
    return { ...one, why, words: /^(failing|suspended)/.test(why) ? `${one.name} ${why}` : `${one.name} failing: ${why}` };
  });
}

/** How many attempts fail, by the shortest span that has any. */
function failures(status) {
  const found = status.attempts?.find((one) => one.failed > 0);
  return found ? [{ text: `${Math.round(found.failing * 100)} % of ${found.total} attempts failed in ${found.minutes} min`, parts: ["charts"], query: { window: "1h" }, counts: true }] : [];
}

/** The timers whose last slot nobody ran, as long as no alert says so itself. */
function lost(status, now) {
  const told = (timer) => firing(status).some((rule) => rule.alert.endsWith(`.${timer}`));
  const names = (status.timers ?? []).map((one) => one.timer).filter((timer) => !told(timer));
  return status.problems.filter((text) => names.some((timer) => text.startsWith(`${timer}: `))).map((text) => ({ text: brief(text, now), parts: ["timers"] }));
}

function unread(status, now) {
  if (status.problems.length === 0) return [{ text: status.lastLookAt === null ? "nothing fires, for the watchdog has not looked yet" : "nothing fires", parts: [] }];
  const more = status.problems.length - 1;
  return [{ text: brief(status.problems[0], now) + (more > 0 ? `, and ${more} more` : ""), parts: [] }];
}

function silent(status, now) {
  const count = firing(status).filter((rule) => isSilenced(rule, now)).length;
  return count > 0 ? [{ text: `${count} silenced`, parts: [] }] : [];
}

function burden(status) {
  const { likes, others } = waiting(status);
  const dead = status.deadLetters;
  const open = dead === null || dead === undefined ? "unknown" : `${dead.open}${dead.complete ? "" : " or more"}`;
  const jobs = others === 0 ? "" : `, ${counted(others, "other jobs")}`;
  return [
    { text: `${counted(likes, "likes")} waiting${jobs}`, parts: ["jobs"], counts: true },
    { text: `${open} dead`, parts: ["dead-letters"], query: { status: "open" }, counts: true },
  ];
}
