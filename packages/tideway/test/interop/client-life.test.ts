import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { openPair, ourClients } from "./client-matrix.js";
import { CASE_TIMEOUT } from "./matrix.js";
import { binary, expected, text } from "./payload.js";
import { serverPeers } from "./peer/all.js";
import type { ListenOptions } from "./peer/peer.js";

const options = { timeout: CASE_TIMEOUT };

for (const peer of serverPeers) {
  describe(`life of our clients with ${peer.facts.name}`, { skip: peer.skip }, () => {
    before(() => peer.start());
    after(() => peer.stop());

    for (const client of ourClients) {
      const { name } = client.facts;

      async function open(t: TestContext, listen: ListenOptions, pingInterval?: number) {
        const listening = await peer.listen(listen);
        t.after(() => listening.close());
        const heartbeat = pingInterval === undefined ? {} : { pingInterval };
        return openPair(client, listening, `ws://127.0.0.1:${listening.port}/`, heartbeat);
      }

      for (const greeting of [text("welcome"), binary(70_000)]) {
        test(`${name}: a greeting right behind the 101, ${greeting.type}`, options, async (t) => {
          const { ours } = await open(t, { greeting });
          assert.deepEqual(await ours.inbox.message(), expected(greeting));
          await ours.drop();
        });
      }

      test(`${name}: the server answers its heartbeat, five times over`, options, async (t) => {
        const { ours, theirs } = await open(t, {}, 30);
        const seen = new Set<string>();
        for (let i = 0; i < 5; i++) seen.add((await theirs.inbox.next("ping")).hex);
        assert.equal(seen.size, 5);
        await theirs.send(text("alive"));
        assert.deepEqual(await ours.inbox.message(), expected(text("alive")));
        await ours.drop();
      });
    }
  });
}
