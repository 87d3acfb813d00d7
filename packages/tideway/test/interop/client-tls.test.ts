import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { LocalError, TidewayError } from "../../dist/index.js";
import { Authority, skipTls } from "./certificate.js";
import { openPair, ourClients, secureClientMatrix } from "./client-matrix.js";
import { CASE_TIMEOUT, tlsCases } from "./matrix.js";
import { expected, text } from "./payload.js";
import { serverPeers } from "./peer/all.js";
import type { ConnectOptions, ListenOptions } from "./peer/peer.js";
import { pythonServer } from "./peer/python.js";

for (const peer of serverPeers) secureClientMatrix(peer, tlsCases);

for (const peer of serverPeers) {
  describe(`our clients, certificates and ${peer.facts.name}`, { skip: peer.skip || skipTls }, () => {
    let authority: Authority;
    before(async () => {
      authority = new Authority();
      await peer.start();
    });
    after(async () => {
      await peer.stop();
      authority.discard();
    });

    for (const client of ourClients) {
      /** A server by its name, and an attempt of our client. */
      async function attempt(t: TestContext, listen: ListenOptions, options: ConnectOptions) {
        const listening = await peer.listen({ identity: authority.server, ...listen });
        t.after(() => listening.close());
        return openPair(client, listening, `wss://localhost:${listening.port}/`, options);
      }

      test(`${client.facts.name} shows its own`, { timeout: CASE_TIMEOUT }, async (t) => {
        const trust = { ca: authority.ca, identity: authority.client };
        const { ours, theirs, seen } = await attempt(t, { clientAuthority: authority.ca }, trust);
        assert.equal(seen.commonName, "alice");
        await theirs.send(text("signed"));
        assert.deepEqual(await ours.inbox.message(), expected(text("signed")));
        await ours.drop();
      });

      test(`${client.facts.name} has none where one is demanded`, { timeout: CASE_TIMEOUT }, async (t) => {
        await assert.rejects(attempt(t, { clientAuthority: authority.ca }, { ca: authority.ca }), (error) => {
          assert.ok(error instanceof TidewayError);
          // Python ends the connection without the alert that would say why.
          const silent = peer === pythonServer;
          assert.equal(error.code, silent ? "ERR_HANDSHAKE_ENDED" : "ERR_TLS_CLIENT_CERT");
          return true;
        });
      });

      test(`${client.facts.name} does not trust a stranger's authority`, { timeout: CASE_TIMEOUT }, async (t) => {
        const stranger = new Authority();
        t.after(() => stranger.discard());
        await assert.rejects(attempt(t, {}, { ca: stranger.ca }), (error) => {
          assert.ok(error instanceof LocalError);
          assert.equal(error.code, "ERR_TLS_UNKNOWN_CA");
          return true;
        });
      });
    }
  });
}
