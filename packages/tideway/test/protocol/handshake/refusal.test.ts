import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { HANDSHAKE_CODES, type RefusalCode, refuse } from "../../../dist/protocol/handshake/refusal.js";

const entries = Object.entries(HANDSHAKE_CODES);
const refusals = entries.filter(([, { status }]) => status !== null).map(([code]) => code as RefusalCode);

test("every code is an upper-case word, and every message is plain ASCII that may go on the wire", () => {
  for (const [code, { message }] of entries) {
    assert.match(code, /^ERR(_[A-Z0-9]+)+$/);
    assert.match(message, /^[\x20-\x7e]+$/, code);
  }
});

test("fault and status of every code are what docs/reference/errors.md says, in its order", () => {
  const page = readFileSync(new URL("../../../../../docs/reference/errors.md", import.meta.url), "utf8");
  const section = page.slice(page.indexOf("## The opening handshake"));
  const rows = [...section.matchAll(/^\| (ERR_\w+) \| (\w+) \| (\d*) *\|/gm)];
  assert.deepEqual(
    entries.map(([code, { fault, status }]) => [code, fault, status === null ? "" : `${status}`]),
    rows.map(([, code, fault, status]) => [code, fault, status]),
  );
});

test("a local fault is never answered with a status, and a refusal is an error status", () => {
  for (const [code, { fault, status }] of entries) {
    if (fault === "local") assert.equal(status, null, code);
    if (status !== null) assert.ok(status >= 400 && status <= 599, code);
  }
});

test("refuse gives status and message of the table, for every code that has a status", () => {
  assert.ok(refusals.length > 20);
  for (const code of refusals) {
    const { status, message } = HANDSHAKE_CODES[code];
    const refusal = refuse(code);
    assert.deepEqual({ ...refusal, headers: [] }, { status, code, message, headers: [] });
  }
});

for (const [code, headers] of [
  ["ERR_METHOD", [["Allow", "GET"]]],
  ["ERR_UPGRADE", [["Upgrade", "websocket"]]],
  ["ERR_CONNECTION", [["Upgrade", "websocket"]]],
  ["ERR_HTTP_VERSION_OLD", [["Upgrade", "websocket"]]],
  [
    "ERR_VERSION",
    [
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
    ],
  ],
  ["ERR_KEY", []],
] as const) {
  test(`refuse(${code}) carries the headers its status demands`, () => {
    assert.deepEqual(refuse(code).headers, headers);
  });
}

test("only a 405 has Allow, only a 426 has Upgrade", () => {
  for (const code of refusals) {
    const { status, headers } = refuse(code);
    const names = headers.map(([name]) => name);
    assert.equal(names.includes("Allow"), status === 405, code);
    assert.equal(names.includes("Upgrade"), status === 426, code);
  }
});
