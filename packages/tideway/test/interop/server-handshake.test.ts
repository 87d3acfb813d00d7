import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { TidewayError } from "../../dist/index.js";
import { CASE_TIMEOUT } from "./matrix.js";
import { OurServer, type OurServerOptions } from "./our-server.js";
import { expected, text } from "./payload.js";
import { clientPeers } from "./peer/all.js";
import { browserPage } from "./peer/chromium.js";
import type { ConnectOptions } from "./peer/peer.js";
import { openPair } from "./server-matrix.js";

const options = { timeout: CASE_TIMEOUT };

for (const peer of clientPeers) {
  describe(`our server's handshake with ${peer.facts.name}`, { skip: peer.skip }, () => {
    before(() => peer.start());
    after(() => peer.stop());

    /** A server of this kind, and the peer's attempt to connect to it. */
    async function attempt(t: TestContext, serving: OurServerOptions, connecting: ConnectOptions = {}) {
      const server = await OurServer.start(serving);
      t.after(() => server.stop());
      return { server, pair: openPair(server, peer, `ws://127.0.0.1:${server.port}/chat?x=1`, connecting) };
    }

    test("the server's choice of a subprotocol is taken", options, async (t) => {
      const serving = { protocols: ["v2.chat", "v1.chat"] };
      const { pair } = await attempt(t, serving, { protocols: ["soap", "v1.chat", "v2.chat"] });
      const { ours, theirs } = await pair;
      assert.equal(ours.protocol, "v2.chat");
      assert.equal(theirs.protocol, "v2.chat");
    });

    test("no subprotocol is chosen where none is offered", options, async (t) => {
      const { pair } = await attempt(t, { protocols: ["v1.chat"] });
      const { ours, theirs } = await pair;
      assert.equal(ours.protocol, "");
      assert.equal(theirs.protocol, "");
    });

    test("no subprotocol is chosen where none is known", options, async (t) => {
      // Who fails the handshake and leaves the connection open is found out by the heartbeat.
      const serving = {
        protocols: ["v1.chat"],
        ...(peer.abandons && { limits: { pingInterval: 100, pingTimeout: 100 } }),
      };
      const { server, pair } = await attempt(t, serving, { protocols: ["soap"] });
      if (peer.insistsOnProtocol) {
        await assert.rejects(pair);
        // For us it was open, and ended without a close frame.
        const ours = await server.accept();
        assert.equal((await ours.inbox.next("close")).code, 1006);
        const failure = ours.socket.failure;
        const code = failure instanceof TidewayError ? failure.code : undefined;
        assert.equal(code, peer.abandons ? "ERR_PING_TIMEOUT" : undefined);
      } else {
        const { ours, theirs } = await pair;
        assert.equal(ours.protocol, "");
        assert.equal(theirs.protocol, "");
      }
    });

    test("compression that is offered is declined, and not missed", options, async (t) => {
      const { pair } = await attempt(t, {});
      const { ours, theirs } = await pair;
      const offer = ours.socket.context.headers.get("sec-websocket-extensions") ?? "";
      assert.equal(offer.includes("permessage-deflate"), peer.offersCompression, `the offer was "${offer}"`);
      assert.equal(theirs.extensions ?? "", "");
      for (const payload of [text("compressible ", 10_000), text("short")]) {
        for (const [from, to] of [
          [ours, theirs],
          [theirs, ours],
        ] as const) {
          await from.send(payload);
          assert.deepEqual(await to.inbox.message(), expected(payload));
        }
      }
    });

    test("the path and its query arrive", options, async (t) => {
      const { pair } = await attempt(t, {});
      assert.equal((await pair).ours.socket.path, "/chat?x=1");
    });

    test("a refusal by upgrade is a refusal for the peer", options, async (t) => {
      const { server, pair } = await attempt(t, { refuseWith: 401 });
      await assert.rejects(pair, peer.tellsStatus ? /401/ : /./);
      assert.equal(server.unclaimed, 0);
    });

    if (peer.lacks.origin === undefined) {
      test("an Origin that is allowed comes in", options, async (t) => {
        const origin = "https://app.example";
        const { pair } = await attempt(t, { origins: [origin] }, { origin });
        assert.equal((await pair).ours.socket.context.headers.get("origin"), origin);
      });

      test("an Origin that is not allowed is refused with 403", options, async (t) => {
        const serving: OurServerOptions = { origins: ["https://app.example"] };
        const { server, pair } = await attempt(t, serving, { origin: "https://evil.example" });
        await assert.rejects(pair, peer.tellsStatus ? /403/ : /./);
        assert.equal(server.unclaimed, 0);
      });

      test("a program without an Origin comes in where only one site may", options, async (t) => {
        const { pair } = await attempt(t, { origins: ["https://app.example"] });
        assert.equal((await pair).ours.socket.context.headers.get("origin"), null);
      });
    } else {
      test("a page comes in where its origin is allowed", options, async (t) => {
        const { origin } = browserPage();
        const { pair } = await attempt(t, { origins: [origin] });
        assert.equal((await pair).ours.socket.context.headers.get("origin"), origin);
      });

      test("a page of another site is refused", options, async (t) => {
        const { server, pair } = await attempt(t, { origins: ["https://app.example"] });
        await assert.rejects(pair);
        assert.equal(server.unclaimed, 0);
      });

      test("a page of another port is refused as not of the same origin", options, async (t) => {
        const { server, pair } = await attempt(t, { origins: "same-origin" });
        await assert.rejects(pair);
        assert.equal(server.unclaimed, 0);
      });
    }
  });
}
