import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../../dist/node/client/connect.js";
import { BINARY, closeFrame, frame, PING, RawPeer, type RawServer, rawServer, TEXT } from "./raw-server.js";

/** What a server says in a whole session, behind its 101. */
const frames = Buffer.concat([
  frame(TEXT, "hello"),
  frame(0x01, "in "),
  frame(PING, "p"),
  frame(0x80, "parts"),
  frame(BINARY, new Uint8Array(200).fill(9)),
  closeFrame(1000, "done"),
]);
/** Ends of the messages in it. */
const messageEnds = [7, 22, 22 + 204] as const;

/** Serves one session cut at a byte. */
function cutAt(server: { cut: number; reset: boolean }): (peer: RawPeer) => Promise<void> {
  return async (peer) => {
    const session = Buffer.concat([Buffer.from(RawPeer.answer(await peer.request()), "latin1"), frames]);
    const bytes = session.subarray(0, server.cut);
    if (server.reset) peer.socket.write(bytes, () => peer.socket.resetAndDestroy());
    else peer.socket.end(bytes);
  };
}

async function outcome(
  server: RawServer,
): Promise<{ opened: boolean; messages: number; clean: boolean; code: number }> {
  try {
    const connection = await connect(server.url, { handshakeTimeout: 5000, closeTimeout: 1000 });
    let messages = 0;
    try {
      for await (const _ of connection) messages++;
    } catch (error) {
      assert.ok(error instanceof Error && "code" in error);
    }
    const { wasClean, code } = await connection.closed;
    return { opened: true, messages, clean: wasClean, code };
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error, String(error));
    return { opened: false, messages: 0, clean: false, code: 1006 };
  }
}

test("C-07: the end at every byte of a session", async (t) => {
  const state = { cut: 0, reset: false };
  const server = await rawServer(t, cutAt(state));
  const head = RawPeer.answer("Sec-WebSocket-Key: x").length;
  for (state.cut = 0; state.cut <= head + frames.length; state.cut++) {
    const behind = state.cut - head;
    const whole = behind === frames.length;
    const wanted = {
      opened: behind >= 0,
      messages: messageEnds.filter((end) => end <= behind).length,
      clean: whole,
      code: whole ? 1000 : 1006,
    };
    assert.deepEqual(await outcome(server), wanted, `cut at ${state.cut}`);
  }
});

test("C-08: a reset at every 7th byte of a session", async (t) => {
  const state = { cut: 0, reset: true };
  const server = await rawServer(t, cutAt(state));
  const head = RawPeer.answer("Sec-WebSocket-Key: x").length;
  for (state.cut = 0; state.cut <= head + frames.length; state.cut += 7) {
    const behind = state.cut - head;
    const got = await outcome(server);
    // A reset may overtake what was sent before it: never more than was sent, never clean without the close frame.
    assert.ok(got.messages <= messageEnds.filter((end) => end <= behind).length, `reset at ${state.cut}`);
    assert.ok(!got.clean || behind === frames.length, `reset at ${state.cut}`);
    assert.ok(!got.opened || behind >= 0, `reset at ${state.cut}`);
  }
});
