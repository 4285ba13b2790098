// What the bar says, and the words for times and addresses.
import assert from "node:assert/strict";
import test from "node:test";
import { link, parsed } from "../../../../agents/console/static/addresses.js";
import { ago, instantOf, length, since, utc } from "../../../../agents/console/static/time.js";
import { verdictOf } from "../../../../agents/console/static/verdict.js";

const NOW = Date.parse("2026-03-02T19:00:00Z");
const RULE = { alert: "A13", title: "Everything fails", phase: "firing", severity: "page", firedAt: "2026-03-02T18:58:00.000Z" };
const QUEUE = { queue: "likes", role: "jobs", kind: "taste-analysis", depth: 281 };

const came = (document) => ({ document, at: NOW, error: null, failedSince: null });
const status = (more = {}) => came({ ok: true, problems: [], rules: [], queues: [QUEUE], deadLetters: { open: 0, complete: true }, ...more });
const note = (...dependencies) => came({ dependencies });
const said = (verdict) => verdict.words.map((one) => one.text + (one.rest ?? "")).join(" · ");

test("a model that fails is named, with share, cause and since when, and what waits", () => {
  const model = { name: "model", state: "failing", problem: "failing 97% of 300 in 10 min: llm_unavailable (503) since 18:58Z" };
  const verdict = verdictOf({ status: status({ ok: false, problems: ["A13 fires"], rules: [RULE] }), note: note(model), now: NOW });
  assert.equal(verdict.level, "page");
  assert.equal(said(verdict), "model failing 97% of 300 in 10 min: llm unavailable (503) since 18:58Z · A13 Everything fails, since 18:58Z · 281 likes waiting · 0 dead");
});

test("what is suspended is named by the status alone, once, with the share of attempts that fail", () => {
  const given = status({
    ok: false, problems: ["A13 fires"], rules: [RULE], attempts: [{ minutes: 5, failed: 29, total: 30, failing: 0.97 }],
    dependencies: [{ name: "the model azure.gpt-4.1-mini", state: "failing", since: "2026-03-02T18:58:01Z", reason: "llm_unavailable", nextProbeAt: null, waiting: 281 }],
  });
  for (const found of [note(), note({ name: "model", state: "failing", problem: "suspended until 2026-03-02T19:01:02.003Z: llm_unavailable" })]) {
    assert.match(said(verdictOf({ status: given, note: found, now: NOW })), /^model azure\.gpt-4\.1-mini failing: llm unavailable since 18:58Z · 97 % of 30 attempts failed in 5 min · A13/);
  }
});

test("a dependency that fails while nothing fires yet is to be watched", () => {
  const verdict = verdictOf({ status: status(), note: note({ name: "store", state: "failing", problem: "no answer within 3.5 s" }), now: NOW });
  assert.equal(verdict.level, "watch");
  assert.match(said(verdict), /^store failing: no answer within 3\.5 s/);
});

test("what cannot be read is unknown, and never zero", () => {
  const verdict = verdictOf({ status: status({ ok: false, problems: ["cannot be read: the store (timeout)"], queues: null, deadLetters: null }), note: note(), now: NOW });
  assert.equal(verdict.level, "page");
  assert.equal(said(verdict), "cannot be read: the store (timeout) · unknown likes waiting, unknown other jobs · unknown dead");
});

test("an app that does not answer is unknown, with what was last known and when", () => {
  const silent = { ...status(), at: NOW - 90_000, error: new Error("no answer"), failedSince: NOW - 60_000 };
  const verdict = verdictOf({ status: silent, note: note(), now: NOW });
  assert.equal(verdict.level, "unknown");
  assert.equal(said(verdict), "the app does not answer (no answer) since 18:59Z · last known 90 s ago: OK".replace("90 s", "1 min"));
  assert.equal(verdictOf({ status: { document: null, at: null, error: null }, note: note(), now: NOW }).level, "unknown");
});

test("a silenced alert counts as silenced for as long as that lasts", () => {
  const silenced = { ...RULE, silenced: { until: "2026-03-02T19:30:00.000Z", by: "ada", reason: "known" } };
  const given = status({ rules: [silenced] });
  assert.equal(verdictOf({ status: given, note: note(), now: NOW }).level, "ok");
  assert.match(said(verdictOf({ status: given, note: note(), now: NOW })), /1 silenced/);
  assert.equal(verdictOf({ status: given, note: note(), now: NOW + 3_600_000 }).level, "ticket");
});

test("times read as one says them, in UTC", () => {
  assert.deepEqual([0, 59, 60, 3_599, 3_600, 86_400 * 2 - 1, 86_400 * 2].map(length), ["0 s", "59 s", "1 min", "59 min", "1 h", "47 h", "2 d"]);
  assert.deepEqual([null, undefined, Number.NaN].map(length), ["unknown", "unknown", "unknown"]);
  assert.equal(ago("2026-03-02T18:57:00.000Z", NOW), "3 min ago");
  assert.equal(ago("2026-03-03T19:00:00.000Z", NOW), "in 24 h");
  assert.equal(ago(null, NOW), "never");
  assert.equal(since("2026-03-02T18:58:59Z", NOW), "18:58Z");
  assert.equal(since("2026-02-25T18:58:59Z", NOW), "25 Feb 18:58Z");
  assert.equal(utc("2026-03-02T18:58:59.123Z"), "2026-03-02 18:58:59Z");
  assert.equal(utc("no time"), "unknown");
});

test("an address of a view is read as it was written, whatever it holds", () => {
  for (const [parts, query] of [[["jobs"], { userId: "a/b&c=d?e#f%", since: "2026-03-02T18:00:00Z" }], [["dead-letters", "raw.5a?/#%"], {}], [[], {}]]) {
    assert.deepEqual(parsed(link(parts, query)), { parts, query });
  }
  assert.deepEqual(parsed("#/jobs/%E0%A4%A"), { parts: ["jobs", "%E0%A4%A"], query: {} });
  assert.equal(link(["jobs"], { userId: "", since: null, until: undefined }), "#/jobs");
});

test("an instant is typed as so long ago, or in UTC", () => {
  assert.equal(instantOf("2h", NOW), "2026-03-02T17:00:00Z");
  assert.equal(instantOf("90m", NOW), "2026-03-02T17:30:00Z");
  assert.equal(instantOf("3d", NOW), "2026-02-27T19:00:00Z");
  assert.equal(instantOf("2026-03-01 18:30", NOW), "2026-03-01T18:30:00Z");
  assert.equal(instantOf("2026-03-01T18:30:05Z", NOW), "2026-03-01T18:30:05Z");
  assert.equal(instantOf("2026-03-01", NOW), "2026-03-01T00:00:00Z");
  for (const text of ["", "soon", "12", "2026-99-99", "1w"]) assert.equal(instantOf(text, NOW), "");
});

test("a slot that nobody ran is told by the bar until its alert tells it", () => {
  const timers = [{ timer: "digest", missed: [{ slot: "2026-03-02T09:00:00.000Z", state: "missed" }] }];
  const given = { ok: false, problems: ["digest: the slot of 2026-03-02T09:00:00.000Z is missed"], timers, rules: [RULE] };
  assert.match(said(verdictOf({ status: status(given), note: note(), now: NOW })), /^digest: the slot of 09:00Z is missed · A13/);
  const fires = { ...RULE, alert: "A6.digest", title: "The weekly digest was missed" };
  assert.match(said(verdictOf({ status: status({ ...given, rules: [fires] }), note: note(), now: NOW })), /^A6\.digest The weekly digest was missed/);
});

test("where nobody has looked yet, nothing that fires is no good news", () => {
  const verdict = verdictOf({ status: status({ lastLookAt: null }), note: note(), now: NOW });
  assert.equal(verdict.level, "watch");
  assert.match(said(verdict), /the watchdog has not looked yet/);
});
