import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { endSoftly } from "../../dist/node/linger.js";
import { Wheel } from "../../dist/node/wheel.js";
import { eventually, RawPeer } from "./raw-peer.js";
import { listen } from "./serve.js";

/** A connection with both ends: the server's socket, and the peer. */
async function pair(t: TestContext, allowHalfOpen: boolean): Promise<{ socket: Socket; peer: RawPeer }> {
  const server = createServer({ allowHalfOpen });
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const peer = await RawPeer.connect({ port: await listen(server) });
  const socket = await accepted;
  socket.on("error", () => {});
  t.after(() => {
    peer.drop();
    socket.destroy();
    server.close();
  });
  return { socket, peer };
}

for (const halfOpen of [true, false]) {
  const kind = halfOpen ? "half-open, as node:http" : "not half-open, as node:net";

  test(`the last bytes arrive although the peer goes on sending (${kind})`, async (t) => {
    const { socket, peer } = await pair(t, halfOpen);
    for (let i = 0; i < 64; i++) peer.send(new Uint8Array(65_536));
    endSoftly(socket, new Wheel(100), Buffer.from("the last bytes"));
    await peer.orderlyEnd();
    assert.equal(peer.take().toString(), "the last bytes");
    peer.socket.end();
    await eventually(() => socket.destroyed, "the socket to go");
  });

  test(`a long answer arrives whole although the peer has ended its side already (${kind})`, async (t) => {
    const { socket, peer } = await pair(t, halfOpen);
    peer.socket.allowHalfOpen = true;
    peer.socket.pause();
    peer.socket.end("request");
    const answer = Buffer.alloc(32 * 1024 * 1024, "x");
    endSoftly(socket, new Wheel(100), answer);
    await eventually(() => socket.readableEnded, "the peer's end to arrive");
    peer.socket.resume();
    await peer.orderlyEnd();
    assert.equal(peer.total, answer.length);
    await eventually(() => socket.destroyed, "the socket to go");
  });

  test(`who does not go is cut off after two seconds (${kind})`, async (t) => {
    const { socket, peer } = await pair(t, halfOpen);
    peer.socket.allowHalfOpen = true;
    const wheel = new Wheel(100);
    const began = performance.now();
    endSoftly(socket, wheel, Buffer.from("bye"));
    await eventually(() => socket.destroyed, "the socket to go");
    const elapsed = performance.now() - began;
    assert.ok(elapsed > 1900 && elapsed < 8000, `${elapsed} ms`);
    peer.drop();
  });
}

test("a stream that is gone already", async (t) => {
  const { socket } = await pair(t, true);
  socket.destroy();
  endSoftly(socket, new Wheel(100), Buffer.from("bye"));
});
