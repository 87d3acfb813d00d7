import assert from "node:assert/strict";
import { test } from "node:test";
import { CloseCode, isWireCloseCode } from "../../dist/protocol/close-code.js";

const ranges: readonly (readonly [name: string, from: number, to: number, allowed: boolean])[] = [
  ["not used (§7.4.2)", 0, 999, false],
  ["normal to unsupported data", 1000, 1003, true],
  ["reserved, no status, abnormal", 1004, 1006, false],
  ["invalid payload to internal error", 1007, 1011, true],
  ["registered later: restart, try later, bad gateway", 1012, 1014, true],
  ["TLS handshake", 1015, 1015, false],
  ["reserved for the standard", 1016, 2999, false],
  ["registered", 3000, 3999, true],
  ["private", 4000, 4999, true],
  ["beyond", 5000, 65_535, false],
];

for (const [name, from, to, allowed] of ranges) {
  test(`F-30, F-31: ${from}-${to} (${name}) ${allowed ? "may" : "may not"} stand in a close frame`, () => {
    for (let code = from; code <= to; code++) assert.equal(isWireCloseCode(code), allowed, `${code}`);
  });
}

test("what is not an integer is no close code", () => {
  for (const code of [1000.5, 3000.1, Number.NaN, Number.POSITIVE_INFINITY, -1000])
    assert.equal(isWireCloseCode(code), false);
});

test("of the named codes only 1005, 1006 and 1015 stay off the wire (§7.4.1)", () => {
  const kept = Object.values(CloseCode).filter((code) => !isWireCloseCode(code));
  assert.deepEqual(kept, [CloseCode.NoStatusReceived, CloseCode.Abnormal, CloseCode.TlsHandshake]);
});
