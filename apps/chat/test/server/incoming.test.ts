import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIncoming } from "../../dist/server/hub/incoming.js";

test("what is understood", () => {
  const cases: [string, object][] = [
    ['{"t":"join","room":"a","name":"b","client":"c"}', { t: "join", room: "a", name: "b", client: "c" }],
    [
      '{"t":"join","room":"a","name":"b","client":"c","after":0}',
      { t: "join", room: "a", name: "b", client: "c", after: 0 },
    ],
    ['{"t":"say","id":1,"text":"x"}', { t: "say", id: 1, text: "x" }],
    [
      '{"t":"say","id":9007199254740991,"text":"","to":"b"}',
      { t: "say", id: Number.MAX_SAFE_INTEGER, text: "", to: "b" },
    ],
    ['{"t":"typing","on":true}', { t: "typing", on: true }],
    ['{"t":"history","before":1}', { t: "history", before: 1 }],
    // What the client has no say in does not get in.
    [
      '{"t":"say","id":1,"text":"x","from":"root","at":5,"seq":9,"__proto__":{"to":"y"}}',
      { t: "say", id: 1, text: "x" },
    ],
    [
      '{"t":"say","id":1,"text":"a\\u0000b\\u001bc\\ud800d\\te\\n"}',
      { t: "say", id: 1, text: "a\ufffdb\ufffdc\ufffdd\te\n" },
    ],
  ];
  for (const [text, message] of cases) assert.deepEqual(parseIncoming(text), { ok: true, message }, text);
});

test("what is refused, with a reason that fits a close frame", () => {
  const cases: (string | Uint8Array)[] = [
    new Uint8Array([123, 125]),
    "",
    "hello",
    "null",
    "1",
    "[]",
    "{}",
    '{"t":"message"}',
    '{"t":"constructor"}',
    '{"t":["join"]}',
    '{"t":"join"}',
    '{"t":"join","room":1,"name":"b","client":"c"}',
    '{"t":"join","room":"a","name":{},"client":"c"}',
    '{"t":"join","room":"a","name":"b","client":null}',
    '{"t":"join","room":"a","name":"b","client":"c","after":-1}',
    '{"t":"join","room":"a","name":"b","client":"c","after":1.5}',
    '{"t":"join","room":"a","name":"b","client":"c","after":null}',
    '{"t":"say","id":0,"text":"x"}',
    '{"t":"say","id":"1","text":"x"}',
    '{"t":"say","id":1e300,"text":"x"}',
    '{"t":"say","id":1}',
    '{"t":"say","id":1,"text":"x","to":1}',
    '{"t":"typing"}',
    '{"t":"typing","on":1}',
    '{"t":"history"}',
    '{"t":"history","before":0}',
    "[".repeat(60_000),
    `${'{"t":'.repeat(10_000)}1${"}".repeat(10_000)}`,
  ];
  for (const data of cases) {
    const incoming = parseIncoming(data);
    assert.equal(incoming.ok, false, String(data).slice(0, 80));
    if (!incoming.ok) assert.ok(Buffer.byteLength(incoming.reason) <= 123 && incoming.reason.length > 5);
  }
});
