import assert from "node:assert/strict";
import { test } from "node:test";
import { isControl, isDefined, Opcode } from "../../dist/protocol/opcode.js";

test("the six opcodes have the numbers of RFC 6455 §5.2", () => {
  assert.deepEqual(Opcode, { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 });
});

test("exactly the six opcodes are defined (F-07)", () => {
  const defined = Array.from({ length: 16 }, (_, opcode) => opcode).filter(isDefined);
  assert.deepEqual(defined, [0, 1, 2, 8, 9, 10]);
});

test("control opcodes are those with the highest bit set, defined or not", () => {
  for (let opcode = 0; opcode < 16; opcode++) assert.equal(isControl(opcode), opcode >= 8, `opcode ${opcode}`);
});

test("a whole first octet may be asked about: FIN and reserved bits do not count", () => {
  assert.equal(isControl(0xf1), false);
  assert.equal(isControl(0x79), true);
});
