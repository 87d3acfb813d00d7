import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentedSlice, stringSlice, worksOn } from "../../../dist/node/undocumented/string-slice.js";

const SAMPLE = Buffer.from("aé€😀");

test("this runtime has the methods: they are what is used", () => {
  assert.ok(worksOn(SAMPLE as Parameters<typeof worksOn>[0]));
  assert.equal(stringSlice(SAMPLE), SAMPLE);
});

for (const [way, strings] of [
  ["undocumented", (bytes: Buffer) => stringSlice(bytes)],
  ["documented", (bytes: Buffer) => new DocumentedSlice(bytes)],
] as const) {
  test(`${way}: strings of a range`, () => {
    const bytes = Buffer.from("\xff\ufeffż\0😀!", "utf8");
    const slice = strings(bytes);
    assert.equal(slice.utf8Slice(2, bytes.length - 1), "\ufeffż\0😀");
    assert.equal(slice.utf8Slice(3, 3), "");
    assert.equal(slice.latin1Slice(0, 2), "Ã¿");
    assert.equal(slice.latin1Slice(0, bytes.length), Array.from(bytes, (octet) => String.fromCharCode(octet)).join(""));
  });
}

for (const [what, sample] of [
  ["has neither", {}],
  ["has one", { latin1Slice: () => "aÃ©" }],
  ["does something else", { latin1Slice: () => "aÃ©", utf8Slice: () => "" }],
  ["throws", { latin1Slice: () => assert.fail(), utf8Slice: () => assert.fail() }],
] as const) {
  test(`a Buffer that ${what} is not used`, () => assert.equal(worksOn(sample), false));
}
