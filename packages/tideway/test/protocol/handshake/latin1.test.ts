import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeLatin1, encodeLatin1 } from "../../../dist/protocol/handshake/latin1.js";

test("every byte is the character of the same number, 0x80 to 0x9F included", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const text = decodeLatin1(bytes, 0, 256);
  assert.deepEqual(
    Array.from(text, (char) => char.charCodeAt(0)),
    [...bytes],
  );
  assert.deepEqual(encodeLatin1(text), bytes);
});

test("offsets are kept, and long texts are whole", () => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => 97 + (i % 26));
  assert.equal(decodeLatin1(bytes, 3, 9_999), Buffer.from(bytes.subarray(3, 9_999)).toString("latin1"));
  assert.equal(decodeLatin1(bytes, 5, 5), "");
  assert.deepEqual(encodeLatin1(""), new Uint8Array(0));
  assert.deepEqual(encodeLatin1("\u00e9a"), Uint8Array.of(0xe9, 0x61));
});
