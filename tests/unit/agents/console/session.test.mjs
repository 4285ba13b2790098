// The key: in memory, in the tab by a tick alone, gone on a refusal and after thirty minutes without input.
import assert from "node:assert/strict";
import test from "node:test";
import { IDLE_MS, createSession } from "../../../../agents/console/static/session.js";

function tab() {
  const kept = new Map();
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text), removeItem: (name) => kept.delete(name), kept };
}

function sessionAt(storage = tab()) {
  const clock = { at: 1_000_000 };
  return { clock, storage, session: createSession({ storage, now: () => clock.at }) };
}

test("a key is in memory alone unless it is ticked", () => {
  const { session, storage } = sessionAt();
  session.open("k1");
  assert.deepEqual(session.headers(), { "x-functions-key": "k1" });
  assert.equal(storage.kept.size, 0);
  session.open("k2", { kept: true });
  assert.match([...storage.kept.values()].join(), /k2/);
  session.open("k3");
  assert.equal(storage.kept.size, 0, "what was kept before is gone as well");
});

test("a kept key is there after a reload, with the key for actions, and no longer than thirty minutes", () => {
  const { session, storage, clock } = sessionAt();
  session.open("k", { kept: true });
  session.openActions("a");
  clock.at += IDLE_MS - 1;
  assert.deepEqual(createSession({ storage, now: () => clock.at }).headers(), { "x-functions-key": "k", "x-ops-action-key": "a" });
  clock.at += 1;
  assert.equal(createSession({ storage, now: () => clock.at }).headers(), null);
  assert.equal(storage.kept.size, 0);
});

test("thirty minutes without input forget it, whatever was asked in between by itself", () => {
  const { session, clock } = sessionAt();
  const told = [];
  session.onForgotten((why) => told.push(why));
  session.open("k");
  clock.at += IDLE_MS - 1;
  assert.notEqual(session.headers(), null);
  session.touch();
  clock.at += IDLE_MS - 1;
  assert.notEqual(session.headers(), null, "input begins the time again");
  clock.at += 1;
  assert.equal(session.headers(), null, "asking does not");
  assert.deepEqual(told, ["idle"]);
  session.touch();
  assert.equal(session.check(), false, "input after the time does not bring it back");
});

test("a refusal forgets it everywhere, once", () => {
  const { session, storage } = sessionAt();
  const told = [];
  session.onForgotten((why) => told.push(why));
  session.open("k", { kept: true });
  session.forget("refused");
  session.forget("refused");
  assert.equal(session.headers(), null);
  assert.equal(storage.kept.size, 0);
  assert.deepEqual(told, ["refused"]);
});

test("a storage that holds nonsense, or none, is as good as an empty one", () => {
  for (const text of ["", "{", "null", "[]", '{"key":5,"at":1000000}', '{"key":"k"}']) {
    const storage = tab();
    storage.setItem("pluckit.console.keys", text);
    assert.equal(sessionAt(storage).session.headers(), null);
  }
  const { session } = sessionAt(null);
  session.open("k", { kept: true });
  assert.notEqual(session.headers(), null);
});
