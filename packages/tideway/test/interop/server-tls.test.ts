import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { Authority, skipTls } from "./certificate.js";
import { CASE_TIMEOUT, tlsCases } from "./matrix.js";
import { OurServer } from "./our-server.js";
import { expected, text } from "./payload.js";
import { clientPeers } from "./peer/all.js";
import type { ConnectOptions } from "./peer/peer.js";
import { undiciClient } from "./peer/undici.js";
import { wsClient } from "./peer/ws.js";
import { openPair, secureServerMatrix } from "./server-matrix.js";

for (const peer of clientPeers) secureServerMatrix(peer, tlsCases, "https");
secureServerMatrix(wsClient, tlsCases, "tls");
secureServerMatrix(undiciClient, tlsCases, "tls");

for (const peer of clientPeers.filter(({ lacks }) => lacks.identity === undefined)) {
  describe(`our server, certificates of ${peer.facts.name}`, { skip: peer.skip || skipTls }, () => {
    let authority: Authority;
    before(async () => {
      authority = new Authority();
      await peer.start();
    });
    after(async () => {
      await peer.stop();
      authority.discard();
    });

    /** A server that demands a certificate, and the peer's attempt. */
    async function attempt(t: TestContext, options: ConnectOptions) {
      const server = await OurServer.start({ identity: authority.server, clientAuthority: authority.ca });
      t.after(() => server.stop());
      return { server, pair: openPair(server, peer, `wss://localhost:${server.port}/`, options) };
    }

    test("one that is signed is seen by upgrade", { timeout: CASE_TIMEOUT }, async (t) => {
      const { pair } = await attempt(t, { ca: authority.ca, identity: authority.client });
      const { ours, theirs } = await pair;
      const { commonName, authorized, secure } = ours.socket.context;
      assert.deepEqual({ commonName, authorized, secure }, { commonName: "alice", authorized: true, secure: true });
      await theirs.send(text("signed"));
      assert.deepEqual(await ours.inbox.message(), expected(text("signed")));
      await theirs.drop();
    });

    test("none where one is demanded is refused", { timeout: CASE_TIMEOUT }, async (t) => {
      const { server, pair } = await attempt(t, { ca: authority.ca });
      await assert.rejects(pair);
      assert.equal(server.unclaimed, 0);
    });

    test("a server that it does not trust is left alone", { timeout: CASE_TIMEOUT }, async (t) => {
      const { server, pair } = await attempt(t, { identity: authority.client });
      await assert.rejects(pair);
      assert.equal(server.unclaimed, 0);
    });
  });
}
