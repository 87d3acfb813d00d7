import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, inflateRawSync } from "node:zlib";
import { exchangeOf } from "../dist/exchange.js";
import { clientFrame, frameCounter, serverFrame, sizeCounter } from "../dist/frame.js";
import { WORKLOADS, workloadOf } from "../dist/workload.js";

const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 1_048_576];

for (const size of SIZES) {
  test(`frames of ${size} octets state their length in the fewest octets, masked or not (§5.2)`, () => {
    const header = size < 126 ? 2 : size < 65_536 ? 4 : 10;
    const payload = Buffer.alloc(size, "z");
    const [server, client] = [serverFrame(payload, false), clientFrame(payload, true)];
    assert.deepEqual([server.length, client.length], [header + size, header + 4 + size]);
    assert.deepEqual([server[0], client[0]], [0x82, 0x81]);
    const key = client.subarray(header, header + 4);
    const unmasked = client.subarray(header + 4).map((byte, at) => byte ^ key[at & 3]!);
    assert.ok(payload.equals(unmasked));
  });
}

test("frames are counted however they are cut", () => {
  const stream = Buffer.concat(SIZES.slice(1, -1).map((size) => serverFrame(Buffer.alloc(size, 0x7e), true)));
  for (const step of [1, 2, 3, 7, 64, 4096, stream.length]) {
    const count = frameCounter();
    let frames = 0;
    for (let at = 0; at < stream.length; at += step) {
      const piece = stream.subarray(at, at + step);
      frames += count(piece.length, piece);
    }
    assert.equal(frames, SIZES.length - 2, `in steps of ${step}`);
  }
});

test("replies of one size are counted however they are cut", () => {
  const count = sizeCounter(10);
  assert.deepEqual(
    [9, 1, 25, 4, 1].map((length) => count(length, Buffer.alloc(0))),
    [0, 1, 2, 0, 1],
  );
});

test("every workload sends a message of the size it states; a compressed one inflates to it", () => {
  for (const workload of WORKLOADS) {
    const { message, request } = exchangeOf("websocket", workload);
    assert.equal(message.length, workload.bytes, workload.id);
    if (workload.compression === "none") continue;
    assert.equal(request[0], 0xc1, "FIN, RSV1, text");
    const start = request[1]! - 128 < 126 ? 2 : 4;
    const key = request.subarray(start, start + 4);
    const deflated = request.subarray(start + 4).map((byte, at) => byte ^ key[at & 3]!);
    const whole = Buffer.concat([deflated, Buffer.from([0, 0, 0xff, 0xff])]);
    assert.ok(inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH }).equals(message));
    assert.ok(deflated.length < message.length / 2, "and is worth compressing");
  }
});

test("a server without a protocol gets back what it was sent, or a frame that it was told", () => {
  const [echo, broadcast] = ["a", "d1k"].map((id) => exchangeOf("raw", workloadOf(id)));
  assert.ok(echo!.reply.equals(echo!.request));
  assert.ok(broadcast!.reply.equals(serverFrame(broadcast!.message, true)));
});
