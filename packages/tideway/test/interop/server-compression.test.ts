import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { assertAgreed, converse, eachTerms } from "./compression-conversation.js";
import { OurServer } from "./our-server.js";
import { chromiumClient } from "./peer/chromium.js";
import type { ClientPeer, CompressionTerms } from "./peer/peer.js";
import { pythonClient } from "./peer/python.js";
import { undiciClient } from "./peer/undici.js";
import { wsClient } from "./peer/ws.js";
import { openPair } from "./server-matrix.js";

/** Foreign clients that know permessage-deflate. */
const clients: readonly { readonly peer: ClientPeer; readonly compresses: boolean; readonly demands: boolean }[] = [
  { peer: wsClient, compresses: true, demands: true },
  { peer: pythonClient, compresses: true, demands: true },
  { peer: chromiumClient, compresses: true, demands: false },
  // It reads compressed messages and sends none.
  { peer: undiciClient, compresses: false, demands: false },
];

for (const { peer, compresses, demands } of clients) {
  describe(`compression between our server and ${peer.facts.name}`, { skip: peer.skip }, () => {
    before(() => peer.start());
    after(() => peer.stop());

    async function talk(
      terms: Required<CompressionTerms>,
      compression: CompressionTerms,
      offer: CompressionTerms | undefined,
    ): Promise<void> {
      const server = await OurServer.start({ compression });
      try {
        const { ours, theirs } = await openPair(server, peer, `ws://127.0.0.1:${server.port}/`, {
          ...(offer && { compression: offer }),
        });
        assertAgreed(ours.extensions, terms);
        assert.match(theirs.extensions ?? "", /^permessage-deflate/);
        const takeover = !terms.serverNoContextTakeover;
        await converse(ours, theirs, { threshold: terms.threshold, takeover, theyCompress: compresses });
        await theirs.close(1000);
        await ours.inbox.next("close");
      } finally {
        assert.equal(await server.stop(), 0, "connections were left over");
      }
    }

    // What the server wants is in its answer; threshold 0 is theirs where they have one, so that they compress what is short.
    eachTerms("the server says", false, (terms) => talk(terms, terms, demands ? { threshold: 0 } : undefined));
    if (demands) {
      eachTerms("the client asks", false, (terms) => {
        const open = { serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15 };
        return talk(terms, { ...open, threshold: terms.threshold }, terms);
      });
    }
  });
}
