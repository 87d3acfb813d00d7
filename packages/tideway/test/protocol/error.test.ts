import assert from "node:assert/strict";
import { test } from "node:test";
import { LimitError, LocalError, PeerError, TidewayError } from "../../dist/protocol/error.js";

const errors: readonly (readonly [name: string, error: TidewayError, closeCode: number | undefined])[] = [
  ["LocalError", new LocalError("ERR_X", "a message"), undefined],
  ["PeerError", new PeerError("ERR_X", 1002, "a message"), 1002],
  ["LimitError", new LimitError("ERR_X", 1009, "a message"), 1009],
];

for (const [name, error, closeCode] of errors) {
  test(`${name} says what it is, its code, its close code`, () => {
    assert.ok(error instanceof Error && error instanceof TidewayError);
    assert.equal(error.name, name);
    assert.equal(error.code, "ERR_X");
    assert.equal(error.message, "a message");
    assert.equal("closeCode" in error ? error.closeCode : undefined, closeCode);
    assert.equal("cause" in error, false);
  });
}

test("a cause is kept, the value undefined included, and not enumerated", () => {
  const cause = new RangeError("below");
  const error = new LocalError("ERR_X", "a message", { cause });
  assert.equal(error.cause, cause);
  assert.equal(Object.keys(error).includes("cause"), false);
  assert.ok("cause" in new LocalError("ERR_X", "a message", { cause: undefined }));
  assert.equal("cause" in new LocalError("ERR_X", "a message", {}), false);
});
