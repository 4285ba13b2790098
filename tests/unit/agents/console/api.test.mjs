// The client: where the key goes, what an error is, when the second key is asked for.
import assert from "node:assert/strict";
import test from "node:test";
import { createApi } from "../../../../agents/console/static/api.js";
import { createSession } from "../../../../agents/console/static/session.js";

const BASE = "https://app.example/api/ops/";

function clientOf(...answers) {
  const calls = [];
  const session = createSession({ storage: null, now: () => 0 });
  session.open("secret-key");
  const fetch = async (url, options) => {
    calls.push({ url: String(url), ...options });
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return new Response(typeof next[1] === "string" ? next[1] : JSON.stringify(next[1]), { status: next[0] });
  };
  const asked = [];
  const askForActions = async () => {
    asked.push(1);
    session.openActions("second-key");
    return true;
  };
  return { api: createApi({ session, base: BASE, fetch, now: () => 5, askForActions }), calls, session, asked };
}

test("the key goes in a header to this app alone, and is in no address", async () => {
  const { api, calls } = clientOf([200, { ok: true }]);
  const answer = await api.get("jobs", { query: { userId: "a/b&c", status: "", since: null } });
  assert.deepEqual(answer.document, { ok: true });
  assert.equal(calls[0].url, `${BASE}jobs?userId=a%2Fb%26c`);
  assert.equal(calls[0].headers["x-functions-key"], "secret-key");
  assert.equal(calls[0].redirect, "error");
  assert.equal(calls[0].referrerPolicy, "no-referrer");
});

test("a 401 forgets the key", async () => {
  const { api, session } = clientOf([401, ""]);
  await assert.rejects(api.get("status"), { kind: "locked", status: 401 });
  assert.equal(session.headers(), null);
  await assert.rejects(api.get("status"), { kind: "locked" });
});

test("an answer of 503 is a status where it is one, and an error where it is a problem", async () => {
  const { api } = clientOf([503, { ok: false, rules: [] }], [503, { title: "Service Unavailable", detail: "A dependency is down", status: 503 }]);
  assert.equal((await api.get("status", { accepts: [503] })).document.ok, false);
  await assert.rejects(api.get("status", { accepts: [503] }), { kind: "refused", message: "A dependency is down" });
});

test("no answer is an error of its own kind", async () => {
  const { api } = clientOf(new TypeError("failed to fetch"));
  await assert.rejects(api.get("status"), { kind: "unreachable", message: "no answer" });
});

test("an action that needs the second key asks for it, and is tried once more with it", async () => {
  const refused = { title: "Forbidden", detail: "needs a key", reason: "action_key_required", status: 403 };
  const { api, calls, asked } = clientOf([403, refused], [202, { id: "op-1" }]);
  assert.equal((await api.post("replays", { reason: "x" })).document.id, "op-1");
  assert.equal(asked.length, 1);
  assert.equal(calls[0].headers["x-ops-action-key"], undefined);
  assert.equal(calls[1].headers["x-ops-action-key"], "second-key");
});

test("a second key that is refused is forgotten, and the refusal is told", async () => {
  const refused = { title: "Forbidden", detail: "needs a key", reason: "action_key_required", status: 403 };
  const { api, asked } = clientOf([403, refused], [403, refused]);
  await assert.rejects(api.post("replays", {}), { kind: "forbidden" });
  assert.equal(asked.length, 1);
});
