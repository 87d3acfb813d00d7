import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { LocalError } from "../../../dist/protocol/error.js";
import { acceptKey, encodeKey, isKey } from "../../../dist/protocol/handshake/accept-key.js";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

for (const [key, accept] of [
  ["dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="], // RFC 6455 §1.3
  ["gI83D50S5WxJc5ldFlnkwg==", "wOEBdkwqF5W/4+a5XIdzf55T3As="],
] as const) {
  test(`H-01 the accept value of ${key} is ${accept}`, () => assert.equal(acceptKey(key, sha1), accept));
}

test("encodeKey gives the sample nonce of RFC 6455 §1.3", () => {
  assert.equal(encodeKey(Buffer.from("the sample nonce")), "dGhlIHNhbXBsZSBub25jZQ==");
});

test("encodeKey gives a key for any 16 bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      assert.ok(isKey(encodeKey(bytes)));
    }),
  );
});

test("isKey is canonical base64 of 16 bytes, and nothing else", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."AQgwxZ09+/=-_ "), minLength: 22, maxLength: 26 }), (text) => {
      const bytes = Buffer.from(text, "base64");
      assert.equal(isKey(text), bytes.length === 16 && bytes.toString("base64") === text);
    }),
  );
});

for (const [name, key] of [
  ["H-09 empty", ""],
  ["H-09 15 bytes", Buffer.alloc(15).toString("base64")],
  ["H-09 17 bytes", Buffer.alloc(17).toString("base64")],
  ["H-09 url-safe alphabet", "dGhlIHNhbXBsZSBub25j-_=="],
  ["H-09 one padding character", "dGhlIHNhbXBsZSBub25jZQA="],
  ["H-10 not canonical", "dGhlIHNhbXBsZSBub25jZR=="],
  ["a foreign first character", "-GhlIHNhbXBsZSBub25jZQ=="],
  ["a foreign character in the middle", "dGhlIHNhbXBs SBub25jZQ=="],
  ["18 bytes without padding", "dGhlIHNhbXBsZSBub25jZQAB"],
  ["padding inside", "dGhlIHNhbXBsZSBub25j====="],
  ["early padding", "dGhlIHNhbXBsZSBub25jZ==="],
] as const) {
  test(`isKey refuses: ${name}`, () => assert.equal(isKey(key), false));
}

for (const length of [0, 15, 17]) {
  test(`encodeKey refuses ${length} bytes`, () => {
    assert.throws(
      () => encodeKey(new Uint8Array(length)),
      (error) => error instanceof LocalError && error.code === "ERR_ARGUMENT_KEY",
    );
  });
}

test("a SHA-1 that is none is an error of the caller", () => {
  assert.throws(
    () => acceptKey("dGhlIHNhbXBsZSBub25jZQ==", () => new Uint8Array(32)),
    (error) => error instanceof LocalError && error.code === "ERR_ARGUMENT_SHA1",
  );
});
