import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { CASE_TIMEOUT } from "./matrix.js";
import { OurServer, type OurServerOptions } from "./our-server.js";
import { binary, digestOf, expected, inSequence, text } from "./payload.js";
import { clientPeers } from "./peer/all.js";
import { openPair } from "./server-matrix.js";

const options = { timeout: CASE_TIMEOUT };

for (const peer of clientPeers) {
  describe(`life with our server, ${peer.facts.name}`, { skip: peer.skip }, () => {
    before(() => peer.start());
    after(() => peer.stop());

    async function open(t: TestContext, serving: OurServerOptions) {
      const server = await OurServer.start(serving);
      t.after(() => server.stop());
      return { server, ...(await openPair(server, peer, `ws://127.0.0.1:${server.port}/`)) };
    }

    test("a greeting right behind the 101 arrives", options, async (t) => {
      const greetings = [text("welcome"), binary(70_000), text("")];
      const opened: OurServerOptions["opened"] = (end) => {
        for (const greeting of greetings) end.send(greeting)?.catch(() => {});
      };
      const { theirs } = await open(t, { opened });
      for (const greeting of greetings) assert.deepEqual(await theirs.inbox.message(), expected(greeting));
    });

    test("a close right behind the 101 arrives", options, async (t) => {
      const { ours, theirs } = await open(t, { opened: (end) => end.close(4001, "not today") });
      assert.equal((await theirs.inbox.next("close")).code, 4001);
      assert.equal((await ours.inbox.next("close")).code, peer.facts.answers?.(4001) ?? 4001);
    });

    test("it answers the heartbeat, five times over", options, async (t) => {
      const { ours, theirs } = await open(t, { limits: { pingInterval: 30, pingTimeout: 5000 } });
      const seen = new Set<string>();
      for (let i = 0; i < 5; i++) seen.add((await ours.inbox.next("pong")).hex);
      assert.equal(seen.size, 5);
      await theirs.send(text("alive"));
      assert.deepEqual(await ours.inbox.message(), expected(text("alive")));
    });

    test("a handler that takes its time gets 1000 messages in order", options, async (t) => {
      let busy = 0;
      let most = 0;
      const handled = async () => {
        most = Math.max(most, ++busy);
        await turn();
        busy--;
      };
      const { ours, theirs } = await open(t, { handled });
      await theirs.sendSequence(1000);
      for (let i = 0; i < 1000; i++) assert.deepEqual(await ours.inbox.message(), digestOf(inSequence(i)));
      assert.equal(most, 1);
    });

    test("a message over the limit is closed with 1009", options, async (t) => {
      const { ours, theirs } = await open(t, { limits: { maxPayload: 1000 } });
      await theirs.send(binary(1000));
      assert.deepEqual(await ours.inbox.message(), expected(binary(1000)));
      await theirs.send(binary(1001));
      assert.equal((await theirs.inbox.next("close")).code, 1009);
      assert.equal((await ours.inbox.next("close")).code, 1006);
    });

    test("a drain says 1012 and why, and nobody has to be cut off", options, async (t) => {
      const { server, theirs } = await open(t, {});
      assert.equal(await server.drain(1012, "back soon"), 1);
      const { code, reason } = await theirs.inbox.next("close");
      assert.deepEqual({ code, reason }, { code: 1012, reason: "back soon" });
    });
  });
}

const present = clientPeers.filter(({ skip }) => skip === false);

describe("a room of different peers", () => {
  before(() => Promise.all(present.map((peer) => peer.start())));
  after(() => Promise.all(present.map((peer) => peer.stop())));

  test("what is published arrives at all of them, from the server and from one another", options, async (t) => {
    const server = await OurServer.start();
    t.after(() => server.stop());
    const pairs = [];
    for (const peer of present) pairs.push(await openPair(server, peer, `ws://127.0.0.1:${server.port}/`));
    for (const { ours } of pairs) ours.socket.subscribe("room");
    for (const payload of [text("to all: 潮 😀"), binary(300), binary(70_000)]) {
      assert.equal(server.publish("room", payload), pairs.length);
      for (const { theirs } of pairs) assert.deepEqual(await theirs.inbox.message(), expected(payload));
    }
    for (const one of pairs) {
      assert.equal(one.ours.socket.publish("room", "from one"), pairs.length - 1);
      for (const { theirs } of pairs.filter((pair) => pair !== one)) {
        assert.deepEqual(await theirs.inbox.message(), expected(text("from one")));
      }
    }
    for (const { theirs } of pairs) assert.deepEqual(theirs.inbox.rest(), []);
  });
});
