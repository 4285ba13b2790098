// The repair of a payload: the original beside what it becomes, the difference named while it is typed, then who and why.
import { html, useMemo, useState } from "./dom.js";
import { Act, Opens, quoted } from "./acting.js";
import { useApi } from "./asking.js";
import { nested, parse } from "./exact.js";

/** The JSON merge patch (RFC 7396) that makes `after` of `before`. */
export function patchOf(before, after) {
  const patch = {};
  for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    if (JSON.stringify(before[name]) === JSON.stringify(value) && name in before) continue;
    const both = plain(before[name]) && plain(value);
    patch[name] = both ? patchOf(before[name], value) : value;
  }
  return patch;
}

const plain = (value) => nested(value) && !Array.isArray(value);

/** What is typed, read: `{ value, problem }`. */
export function readPayload(text) {
  try {
    const value = parse(text);
    return plain(value) ? { value, problem: null } : { value: null, problem: "expected a JSON object" };
  } catch (error) {
    return { value: null, problem: String(error.message) };
  }
}

/** The button on a dead letter. */
export const Repairs = ({ record }) => html`<${Opens} word="Repair…" dialog=${(closed) => html`<${Repair} record=${record} closed=${closed} />`} />`;

function Repair({ record, closed }) {
  const api = useApi();
  const before = record.repairedPayload ?? record.payload ?? {};
  const [text, setText] = useState(JSON.stringify(before, null, 2));
  const read = useMemo(() => readPayload(text), [text]);
  const patch = read.value ? patchOf(record.payload === null ? {} : before, read.value) : {};
  const names = Object.keys(patch);
  const perform = async ({ reason, actor }) =>
    (await api.patch(`dead-letters/${encodeURIComponent(record.id)}/payload`, { patch, reason, actor, version: record.version })).document;
  const options = names.map((name) => (patch[name] === null ? `--unset ${quoted(name)}` : `--set ${quoted(`${name}=${typeof patch[name] === "string" ? patch[name] : JSON.stringify(patch[name])}`)}`));
  return html`<${Act} title="Repair the payload" word="Repair it" wide=${true} closed=${closed} perform=${perform} ready=${() => read.problem ? "it is no JSON object" : names.length > 0 || "nothing is changed yet"}
      command=${(reason) => ["python -m opsctl dead-letters repair", record.id, ...options, "--reason", quoted(reason)].join(" ")}>
    <p class="small muted">The original stays as it came. What is sent at a replay is on the right; fields that could not be read are refused by name.</p>
    <div class="two">
      <label>Original<textarea readonly rows="14" class="payload-field" aria-label="original payload">${JSON.stringify(record.payload, null, 2) ?? "no JSON"}</textarea></label>
      <label>Repaired<textarea name="payload" rows="14" class="payload-field" spellcheck=${false} defaultValue=${text} onInput=${(event) => setText(event.currentTarget.value)} aria-invalid=${read.problem !== null} aria-describedby="repair-says"></textarea></label>
    </div>
    <p id="repair-says" class=${read.problem ? "repair-problem" : "small"} role="status">${read.problem ?? (names.length === 0 ? "nothing is changed yet" : html`changes ${names.map((name, index) => html`${index > 0 && ", "}<code>${name}</code>${patch[name] === null ? " (taken away)" : ""}`)}`)}</p>
  <//>`;
}
