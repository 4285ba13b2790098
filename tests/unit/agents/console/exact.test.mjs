// JSON as it came; where the browser cannot keep a number's digits, it is the number that it can hold.
import assert from "node:assert/strict";
import test from "node:test";
import { nested, parse, worded } from "../../../../agents/console/static/exact.js";

const KEPT = typeof JSON.rawJSON === "function";

test("a whole number that a double cannot hold keeps its digits", () => {
  const text = '{"id":9007199254740993,"list":[12345678901234567890],"n":1,"x":0.1,"e":1e300}';
  assert.equal(JSON.stringify(parse(text)), KEPT ? '{"id":9007199254740993,"list":[12345678901234567890],"n":1,"x":0.1,"e":1e+300}' : JSON.stringify(JSON.parse(text)));
  assert.equal(worded(parse("9007199254740993")), KEPT ? "9007199254740993" : "9007199254740992");
  assert.equal(nested(parse("9007199254740993")), false);
});

test("a text is itself, all else is JSON", () => {
  assert.deepEqual(["a", 1, null, [1], { a: 1 }].map(worded), ["a", "1", "null", "[1]", '{"a":1}']);
  assert.deepEqual(["a", 1, null, [1], { a: 1 }].map(nested), [false, false, false, true, true]);
});
