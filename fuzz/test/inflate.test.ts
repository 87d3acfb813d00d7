import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { inflateMessage } from "../dist/session/inflate.js";

const NOTHING = new Uint8Array(0);

for (const [name, hex, text, restarts] of [
  ["§7.2.3.1", "f248cdc9c90700", "Hello", 0],
  ["§7.2.3.3", "000500faff48656c6c6f00", "Hello", 0],
  ["§7.2.3.4", "f348cdc9c9070000", "Hello", 1],
  ["§7.2.3.5", "f248050000 00ffffcac9c90700", "Hello", 0],
  ["§7.2.3.6", "00", "", 0],
  ["no octets", "", "", 0],
  ["a final block at the end, without the octet of §7.2.3.4", "f348cdc9c90700", "Hello", 0],
  ["the trailer ends a final stored block", "01", "", 0],
  ["two final blocks", "010100feff41 010100feff42 00", "AB", 2],
] as const) {
  test(`a compressed message by the words of the RFC: ${name}`, () => {
    const result = inflateMessage(Buffer.from(hex.replaceAll(" ", ""), "hex"), NOTHING);
    assert.deepEqual({ ...result, content: Buffer.from(result.content).toString() }, { content: text, restarts });
  });
}

for (const [name, hex] of [
  ["a reference to what was never said", "f200110000"],
  ["a reserved block type", "0600"],
  ["a stored length that is not its complement", "000500faf048656c6c6f00"],
  ["cut off inside a stored block", "000500faff4865"],
  ["cut off inside a compressed block", "f248cd"],
  ["a final block that ends within the trailer", "010200fdff41"],
] as const) {
  test(`no compressed message: ${name}`, () => {
    assert.equal(inflateMessage(Buffer.from(hex, "hex"), NOTHING).content, "invalid");
  });
}

test("what was said before may be referred to; too much is too much", () => {
  const again = inflateMessage(Buffer.from("f200110000", "hex"), Buffer.from("Hello")).content;
  assert.equal(Buffer.from(again).toString(), "Hello");
  assert.equal(inflateMessage(deflateRawSync(Buffer.alloc(1_048_577)), NOTHING).content, "huge");
});
