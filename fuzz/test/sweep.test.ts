/** hostile.md T-17: recorded conversations, split, cut, corrupted, with a byte twice or lost, at every byte. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Conversation, conversations } from "../dist/sweep/conversation.js";
import { acceptOf, changesAt, type Result, take } from "../dist/sweep/sweep.js";

const all = conversations();

/** Every byte by itself. */
const singly = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (octet) => Uint8Array.of(octet));

function same(actual: Result, expected: Result, what: string): void {
  // The comparison of texts is many times faster, and there are many.
  if (JSON.stringify(actual) !== JSON.stringify(expected)) assert.deepEqual(actual, expected, what);
}

/** Each change, as it comes in one piece and byte by byte. */
function sweep(conversation: Conversation): Map<string, number> {
  const { bytes } = conversation;
  const accept = acceptOf(conversation);
  const whole = take(conversation, accept, [bytes]);
  const ends = new Map<string, number>();
  for (let at = 0; at < bytes.length; at++) {
    same(take(conversation, accept, [bytes.subarray(0, at), bytes.subarray(at)]), whole, `split at ${at}`);
    for (const { kind, bytes: changed } of changesAt(bytes, at)) {
      const where = `${conversation.name}, ${kind} at ${at}`;
      const result = take(conversation, accept, [changed]);
      same(take(conversation, accept, singly(changed)), result, where);
      if (kind === "cut") assert.deepEqual(result.events, whole.events.slice(0, result.events.length), where);
      const [type, code] = result.events.at(-1) ?? ["nothing"];
      const end = type === "failure" || type === "refused" ? String(code) : String(type);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  }
  return ends;
}

test("there are 40 conversations, of both ends, and all of them go well untouched", () => {
  assert.equal(all.length, 40);
  for (const receiver of ["server", "client"])
    assert.equal(all.filter((each) => each.receiver === receiver).length, 20);
  for (const conversation of all) {
    const { events, state } = take(conversation, acceptOf(conversation), [conversation.bytes]);
    assert.deepEqual([events[0], events.at(-1)?.[0], state], [["open"], "close", "closedByPeer"], conversation.name);
    assert.ok(events.length > 2, conversation.name);
  }
});

const seen = new Map<string, number>();
for (const conversation of all) {
  test(`${conversation.receiver} <- ${conversation.name}: ${conversation.bytes.length} bytes, every change at each`, () => {
    for (const [end, count] of sweep(conversation)) seen.set(end, (seen.get(end) ?? 0) + count);
  });
}

test("the changes have led to faults of every kind", () => {
  const ends = [...seen.keys()];
  for (const code of [
    "ERR_OPCODE",
    "ERR_RESERVED_BITS",
    "ERR_UTF8",
    "ERR_MASK_REQUIRED",
    "ERR_MASK_FORBIDDEN",
    "ERR_CONTINUATION",
  ])
    assert.ok(ends.includes(code), `${code} is not among ${ends.join(", ")}`);
  for (const code of [
    "ERR_REQUEST_LINE",
    "ERR_KEY",
    "ERR_VERSION",
    "ERR_RESPONSE_ACCEPT",
    "ERR_STATUS_LINE",
    "ERR_LINE_END",
  ])
    assert.ok(ends.includes(code), `${code} is not among ${ends.join(", ")}`);
});
