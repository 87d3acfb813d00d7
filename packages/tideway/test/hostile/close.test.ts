/** Group C of the catalogue: closing and lifecycle. */
import assert from "node:assert/strict";
import { BINARY, CLOSE, closeFrame, masked, PING, type RawPeer, TEXT, upgradeRequest } from "../node/raw-peer.js";
import { attackTest, type Ending, inBatches, MiB, numbers, READ_GARBAGE, Target } from "./harness.js";

const kinds = ["http", "bare"] as const;
const options = { closeTimeout: 500 };
const targets = { http: Target.start({ kind: "http", options }), bare: Target.start({ kind: "bare", options }) };

/** A connection that the target will close, push to or terminate. */
async function greedy(target: Target): Promise<RawPeer> {
  const peer = await target.open();
  peer.text("greedy");
  assert.equal(await peer.message(), "greedy");
  return peer;
}

/** How the only connection of a case ended. */
async function ending(target: Target): Promise<Ending> {
  const { endings } = await target.until(({ endings }) => endings.length > 0, "close", 5000);
  assert.equal(endings.length, 1);
  return endings[0]!;
}

for (const kind of kinds) {
  const on = targets[kind];

  attackTest(`C-01 we close and the peer never answers: ended at the deadline (${kind})`, on, {}, async (target) => {
    const peer = await greedy(target);
    const began = performance.now();
    await target.command("closeGreedy", 1000, "bye");
    assert.deepEqual(await peer.closing(), { code: 1000, reason: "bye" });
    const end = await ending(target);
    const elapsed = performance.now() - began;
    assert.ok(elapsed >= 400 && elapsed < 4500, `${elapsed} ms`);
    assert.deepEqual([end.code, end.sent, end.failure], [1006, 1000, "ERR_CLOSE_TIMEOUT"]);
  });

  attackTest(
    `C-02 we close and the peer goes on sending: dropped, bounded, ended in time (${kind})`,
    on,
    { rss: READ_GARBAGE },
    async (target) => {
      const before = await target.stats();
      const peer = await greedy(target);
      await target.command("closeGreedy", 1001, "");
      const message = masked(BINARY, new Uint8Array(65_536));
      const flood = setInterval(() => {
        for (let i = 0; i < 8 && !peer.closed && peer.socket.writableLength < MiB; i++) peer.send(message);
      }, 5);
      try {
        const end = await ending(target);
        assert.equal(end.sent, 1001);
      } finally {
        clearInterval(flood);
      }
      assert.equal((await target.stats()).messages, before.messages + 1, "only the first one was handed on");
    },
  );

  attackTest(`C-03 both close at once: clean on both sides, one event (${kind})`, on, {}, async (target) => {
    const peer = await target.open();
    // The first makes the server close; the close frame behind it was sent before ours can have arrived.
    peer.send(Buffer.concat([masked(TEXT, "close"), closeFrame(4001, "mine")]));
    const { code } = await peer.closing();
    assert.equal(code, 4000);
    await peer.orderlyEnd();
    assert.deepEqual(await ending(target), { code: 4001, reason: "mine", sent: 4000, failure: undefined });
  });

  attackTest(
    `C-04 the peer closes while 900 KiB are queued for it: all of it arrives, then the answer (${kind})`,
    on,
    {},
    async (target) => {
      const peer = await greedy(target);
      peer.socket.pause();
      await target.command("push", 65_536, 14);
      peer.send(closeFrame(1000));
      peer.socket.resume();
      for (let i = 0; i < 14; i++) assert.equal((await peer.frame()).payload.length, 65_536);
      assert.equal((await peer.closing()).code, 1000);
      await peer.orderlyEnd();
      assert.equal((await ending(target)).code, 1000);
    },
  );

  attackTest(`C-05 an end without a close frame: 1006 at once (${kind})`, on, {}, async (target) => {
    const peer = await target.open();
    peer.socket.end();
    assert.deepEqual(await ending(target), { code: 1006, reason: "", sent: undefined, failure: undefined });
  });

  attackTest(`C-06 a close frame and an end in one segment (${kind})`, on, {}, async (target) => {
    const peer = await target.open();
    peer.socket.allowHalfOpen = true;
    peer.socket.end(closeFrame(1000, "bye"));
    assert.equal((await peer.closing()).code, 1000);
    await peer.orderlyEnd();
    assert.deepEqual(await ending(target), { code: 1000, reason: "bye", sent: 1000, failure: undefined });
  });

  const session = Buffer.concat([
    masked(0x01, "frag"),
    masked(PING, "p"),
    masked(0x80, "ment"),
    masked(BINARY, new Uint8Array(130)),
    closeFrame(1000, "x"),
  ]);

  for (const how of ["end", "reset"]) {
    attackTest(`C-07 C-08 ${how} at every byte of a session (${kind})`, on, {}, async (target) => {
      const before = await target.stats();
      await inBatches(numbers(session.length), 20, async (at) => {
        const peer = await target.open();
        peer.send(session.subarray(0, at));
        await peer.flushed();
        peer.drop(how === "reset");
        await peer.gone();
      });
      const all = before.opens + session.length;
      const now = await target.until(
        ({ closes, opens }) => opens === all && closes === before.closes + session.length,
        "every close",
      );
      assert.ok(
        now.endings.every(({ code }) => code === 1006),
        "none had a whole close frame",
      );
      const whole =
        numbers(session.length).filter((at) => at >= 27).length +
        numbers(session.length).filter((at) => at >= 27 + 138).length;
      const messages = now.messages - before.messages;
      if (how === "end") assert.equal(messages, whole, "the messages that were whole, and no others");
      else assert.ok(messages <= whole);
    });
  }

  attackTest(
    `C-08 reset around the 101, in the closing handshake and behind it (${kind})`,
    on,
    { heap: 2 * MiB },
    async (target) => {
      await inBatches(numbers(200), 10, async (index) => {
        const peer = await target.connect();
        peer.send(upgradeRequest());
        if (index % 4 === 0) return peer.drop(true);
        await peer.head();
        if (index % 4 === 1) return peer.drop(true);
        peer.send(closeFrame(1000));
        if (index % 4 === 2) return peer.drop(true);
        await peer.closing();
        return peer.drop(true);
      });
    },
  );

  attackTest(`C-13 terminate with much queued (${kind})`, on, {}, async (target) => {
    const peer = await greedy(target);
    peer.socket.pause();
    await target.command("push", 65_536, 14);
    await target.command("terminateGreedy");
    const end = await ending(target);
    assert.deepEqual([end.code, end.sent, end.failure], [1006, undefined, "ERR_TERMINATED"]);
    peer.socket.resume();
    await peer.gone();
  });

  attackTest(`C-14 close while a handler is busy: the close frame is still read (${kind})`, on, {}, async (target) => {
    const peer = await greedy(target);
    peer.send(Buffer.concat([masked(TEXT, "wait"), masked(TEXT, "never handled")]));
    const { messages } = await target.until(({ messages }) => messages > 0, "the message");
    await target.command("closeGreedy", 1000, "");
    assert.equal((await peer.closing()).code, 1000);
    peer.send(closeFrame(1000));
    await peer.orderlyEnd(400);
    assert.equal((await ending(target)).code, 1000);
    await target.command("release");
    assert.ok((await target.stats()).messages <= messages + 1);
  });

  attackTest(
    `C-15 messages in front of a close frame are handled before it, however slow the handler (${kind})`,
    on,
    {},
    async (target) => {
      const before = await target.stats();
      const peer = await target.open();
      peer.send(Buffer.concat([masked(TEXT, "wait"), masked(TEXT, "a"), masked(TEXT, "b"), closeFrame(1000)]));
      peer.socket.allowHalfOpen = true;
      peer.socket.end();
      await target.until(({ messages }) => messages === before.messages + 1, "the first");
      assert.equal((await target.stats()).endings.length, 0);
      await target.command("release");
      const now = await target.until(({ endings }) => endings.length === 1, "close");
      assert.equal(now.messages, before.messages + 3);
      assert.equal(now.endings[0]!.code, 1000);
      assert.deepEqual([await peer.message(), await peer.message()], ["a", "b"]);
      assert.equal((await peer.frame()).first, CLOSE);
    },
  );
}

attackTest(
  "C-16 C-18 close with 500 peers, half of which ignore it",
  Target.start({ kind: "bare", options }),
  {},
  async (target) => {
    const peers = await Promise.all(numbers(500).map(() => target.open()));
    for (const [index, peer] of peers.entries()) {
      if (index % 2 === 0) continue;
      void peer.closing().then(
        ({ code }) => peer.send(closeFrame(code)),
        () => {},
      );
    }
    const began = performance.now();
    await target.command("close");
    const elapsed = performance.now() - began;
    assert.ok(elapsed < 500 + 4000, `${elapsed} ms`);
    const now = await target.stats();
    assert.equal(now.connections, 0);
    assert.equal(now.endings.length, 200, "as many as are kept");
    await target.stop();
  },
);
