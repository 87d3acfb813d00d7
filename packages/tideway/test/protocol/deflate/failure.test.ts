import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  codecClosed,
  DEFLATE_CODES,
  invalidData,
  tooBig,
  tooManyBlocks,
} from "../../../dist/protocol/deflate/failure.js";
import { LimitError, LocalError, PeerError } from "../../../dist/protocol/error.js";

for (const [name, error, type, code, closeCode] of [
  ["data", invalidData(), PeerError, "ERR_DEFLATE_DATA", 1007],
  ["size, with the code of a plain message", tooBig(10), LimitError, "ERR_MESSAGE_TOO_BIG", 1009],
  ["blocks", tooManyBlocks(), LimitError, "ERR_DEFLATE_BLOCKS", 1008],
  ["closed", codecClosed(), LocalError, "ERR_DEFLATE_CLOSED", undefined],
] as const) {
  test(`failure: ${name}`, () => {
    assert.ok(error instanceof type);
    assert.equal(error.code, code);
    assert.equal((error as { closeCode?: number }).closeCode, closeCode);
  });
}

test("fault and close code of every code are what docs/reference/errors.md says, in its order", () => {
  const page = readFileSync(new URL("../../../../../docs/reference/errors.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (ERR_DEFLATE_\w+) \| (\w+) \| (\d*) *\|/gm)];
  const types = { peer: "PeerError", limit: "LimitError", local: "LocalError" };
  assert.deepEqual(
    Object.entries(DEFLATE_CODES).map(([code, { fault, closeCode }]) => [code, types[fault], `${closeCode ?? ""}`]),
    rows.map(([, code, type, closeCode]) => [code, type, closeCode]),
  );
});

test("the codes have one prefix, so that they are told from those of the handshake", () => {
  for (const code of Object.keys(DEFLATE_CODES)) assert.match(code, /^ERR_DEFLATE_[A-Z_]+$/);
});
