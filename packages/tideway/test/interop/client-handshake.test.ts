import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { PeerError } from "../../dist/index.js";
import { openPair, ourClients } from "./client-matrix.js";
import { CASE_TIMEOUT } from "./matrix.js";
import { expected, text } from "./payload.js";
import { serverPeers } from "./peer/all.js";
import type { ConnectOptions, ListenOptions } from "./peer/peer.js";

const options = { timeout: CASE_TIMEOUT };

for (const peer of serverPeers) {
  describe(`the handshake of our clients with ${peer.facts.name}`, { skip: peer.skip }, () => {
    before(() => peer.start());
    after(() => peer.stop());

    for (const client of ourClients) {
      const { name } = client.facts;

      /** A server of this kind, and our attempt to connect to it. */
      async function attempt(t: TestContext, listen: ListenOptions, connecting: ConnectOptions = {}) {
        const listening = await peer.listen(listen);
        t.after(() => listening.close());
        return openPair(client, listening, `ws://127.0.0.1:${listening.port}/chat?x=1`, connecting);
      }

      test(`${name}: the server's choice of a subprotocol is taken`, options, async (t) => {
        const { ours, theirs, seen } = await attempt(t, { protocols: ["v1.chat"] }, { protocols: ["soap", "v1.chat"] });
        assert.equal(ours.protocol, "v1.chat");
        assert.equal(theirs.protocol, "v1.chat");
        assert.equal(seen.headers["sec-websocket-protocol"], "soap, v1.chat");
        await ours.drop();
      });

      test(`${name}: a server that chooses none of the subprotocols is left`, options, async (t) => {
        const { code } = await rejection(attempt(t, { protocols: ["v1.chat"] }, { protocols: ["soap"] }));
        assert.match(code, /PROTOCOL/);
      });

      test(`${name}: what is asked for, and no more`, options, async (t) => {
        const { ours, theirs, seen } = await attempt(t, { protocols: ["v1.chat"] });
        const { headers } = seen;
        assert.equal(headers["upgrade"], "websocket");
        assert.equal(headers["connection"], "Upgrade");
        assert.equal(headers["sec-websocket-version"], "13");
        assert.equal(Buffer.from(headers["sec-websocket-key"] ?? "", "base64").length, 16);
        for (const absent of ["origin", "sec-websocket-protocol", "sec-websocket-extensions"]) {
          assert.equal(headers[absent], undefined, absent);
        }
        assert.equal(ours.protocol, "");
        assert.equal(ours.extensions ?? "", "");
        assert.equal(theirs.extensions ?? "", "");
        await theirs.send(text("uncompressed ", 10_000));
        assert.deepEqual(await ours.inbox.message(), expected(text("uncompressed ", 10_000)));
        await ours.drop();
      });

      test(`${name}: the option origin is sent`, options, async (t) => {
        const { ours, seen } = await attempt(t, {}, { origin: "https://app.example" });
        assert.equal(seen.headers["origin"], "https://app.example");
        await ours.drop();
      });

      test(`${name}: a refusal says its status`, options, async (t) => {
        const error = await rejection(attempt(t, { refuseWith: 403 }));
        assert.equal(error.code, "ERR_RESPONSE_STATUS");
        assert.equal("status" in error && error.status, 403);
      });
    }
  });
}

/** The error of a peer's fault that an attempt ends with. */
async function rejection(attempt: Promise<unknown>): Promise<PeerError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PeerError, String(error));
  return error;
}
