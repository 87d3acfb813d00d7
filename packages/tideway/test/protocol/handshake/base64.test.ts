import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { base64Value, encodeBase64 } from "../../../dist/protocol/handshake/base64.js";

for (const [plain, encoded] of [
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["fooba", "Zm9vYmE="],
  ["foobar", "Zm9vYmFy"],
] as const) {
  test(`RFC 4648 §10: BASE64("${plain}") = "${encoded}"`, () => {
    assert.equal(encodeBase64(Buffer.from(plain)), encoded);
  });
}

test("any bytes are encoded as Node encodes them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString("base64"));
    }),
  );
});

test("base64Value knows the alphabet, and nothing of the url-safe one", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (let i = 0; i < 64; i++) assert.equal(base64Value(alphabet, i), i);
  for (let i = 0; i < 6; i++) assert.equal(base64Value("-_= \u00e9\0", i), -1);
  assert.equal(base64Value("A", 1), -1);
});
