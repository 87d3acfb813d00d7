import assert from "node:assert/strict";
import { test } from "node:test";
import { Rsv } from "../../dist/protocol/extension.js";

// What a connection makes of an extension is tested with the assembler, the writer and the connection.

test("the reserved bits stand where RFC 6455 §5.2 has them, behind FIN and before the opcode", () => {
  assert.deepEqual(Rsv, { Rsv1: 0b0100_0000, Rsv2: 0b0010_0000, Rsv3: 0b0001_0000, All: 0b0111_0000 });
  assert.equal(Rsv.Rsv1 | Rsv.Rsv2 | Rsv.Rsv3, Rsv.All);
});
