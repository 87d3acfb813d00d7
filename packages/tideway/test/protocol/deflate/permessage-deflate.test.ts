import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeflateCodec } from "../../../dist/protocol/deflate/codec.js";
import { PermessageDeflate } from "../../../dist/protocol/deflate/permessage-deflate.js";
import { Opcode } from "../../../dist/protocol/opcode.js";

/** A codec whose "compression" is a given result. */
function make(compressed: Awaited<ReturnType<DeflateCodec["compress"]>>, late: boolean, takeover = false) {
  const calls: string[] = [];
  const codec: DeflateCodec = {
    compress: () => {
      calls.push("compress");
      return late ? Promise.resolve(compressed) : compressed;
    },
    decompress: (payload, limit) => {
      calls.push(`decompress ${limit}`);
      return late ? Promise.resolve(payload) : payload;
    },
    close: () => calls.push("close"),
  };
  return { extension: new PermessageDeflate(codec, { threshold: 4, takeover }), calls };
}

const payload = Uint8Array.of(1, 2, 3, 4, 5);
const smaller = Uint8Array.of(1);
const larger = new Uint8Array(6);

for (const late of [false, true]) {
  const when = late ? "pending" : "at once";
  test(`${when}: what became smaller carries RSV1`, async () => {
    const { extension } = make(smaller, late);
    assert.equal(extension.rsv, 0x40);
    assert.deepEqual(await extension.encode(Opcode.Binary, payload), { payload: smaller, rsv: 0x40 });
  });

  test(`${when}: what did not become smaller goes as it is, but with takeover the receiver has to see it`, async () => {
    for (const result of [larger, new Uint8Array(5)]) {
      assert.equal(await make(result, late).extension.encode(Opcode.Text, payload), undefined);
      assert.equal((await make(result, late, true).extension.encode(Opcode.Text, payload))?.payload, result);
    }
  });

  test(`${when}: what the codec cannot compress goes as it is`, async () => {
    assert.equal(await make(undefined, late, true).extension.encode(Opcode.Text, payload), undefined);
  });

  test(`${when}: below the threshold the codec is not asked`, async () => {
    const { extension, calls } = make(smaller, late);
    assert.equal(await extension.encode(Opcode.Text, payload.subarray(0, 3)), undefined);
    assert.deepEqual(calls, []);
    await extension.encode(Opcode.Text, payload.subarray(0, 4));
    assert.deepEqual(calls, ["compress"]);
  });

  test(`${when}: what comes is the codec's, with the limit; closing closes it`, async () => {
    const { extension, calls } = make(smaller, late);
    assert.equal(await extension.decode(Opcode.Text, 0x40, payload, 77), payload);
    extension.close();
    assert.deepEqual(calls, ["decompress 77", "close"]);
  });
}

test("what does not compress may be longer on the wire than the message: a sixteenth and 1 KiB", () => {
  assert.equal(make(smaller, false).extension.wireLimit(16_000), 16_000 + 1000 + 1024);
});
