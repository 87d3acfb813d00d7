import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { assertAgreed, converse, eachTerms } from "./compression-conversation.js";
import { product, talkBriefly, windowsFrom } from "./compression-product.js";
import { OurServer } from "./our-server.js";
import { chromiumClient } from "./peer/chromium.js";
import type { ClientPeer, CompressionTerms } from "./peer/peer.js";
import { pythonClient } from "./peer/python.js";
import { undiciClient } from "./peer/undici.js";
import { wsClient } from "./peer/ws.js";
import { openPair } from "./server-matrix.js";

interface Client {
  readonly peer: ClientPeer;
  readonly compresses: boolean;
  /** Its application can say what it offers. */
  readonly demands: boolean;
  /** Smallest window that it compresses with. */
  readonly least: number;
}

/** Foreign clients that know permessage-deflate. */
const clients: readonly Client[] = [
  { peer: wsClient, compresses: true, demands: true, least: 8 },
  // Its zlib refuses 8 bits.
  { peer: pythonClient, compresses: true, demands: true, least: 9 },
  { peer: chromiumClient, compresses: true, demands: false, least: 8 },
  // It reads compressed messages and sends none.
  { peer: undiciClient, compresses: false, demands: false, least: 8 },
];

/** Our server compresses with 9 bits at least, and declines who asks for 8; unasked it takes 13. */
const OUR_LEAST = 9;
const OUR_DEFAULT = 13;

for (const { peer, compresses, demands, least } of clients) {
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
    const brief = async (
      compression: CompressionTerms,
      offer: CompressionTerms | undefined,
      agreed: (extensions: string) => void,
    ): Promise<void> => {
      const server = await OurServer.start({ compression });
      try {
        const { ours, theirs } = await openPair(server, peer, `ws://127.0.0.1:${server.port}/`, {
          ...(offer && { compression: offer }),
        });
        agreed(ours.extensions);
        await talkBriefly(ours, theirs, { weCompress: true, theyCompress: compresses });
        await theirs.close(1000);
        await ours.inbox.next("close");
      } finally {
        assert.equal(await server.stop(), 0, "connections were left over");
      }
    };
    const windows = { server: windowsFrom(OUR_LEAST), client: windowsFrom(least) };
    product(
      "the server says, all windows",
      windows,
      (terms, agreed) => brief(terms, demands ? { threshold: 0 } : undefined, agreed),
      { server: OUR_DEFAULT, client: 15 },
    );
    if (demands) {
      const open = { serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15 };
      product("the client asks, all windows", windows, (terms, agreed) =>
        brief({ ...open, threshold: 0 }, terms, agreed),
      );
      eachTerms("the client asks", false, (terms) => {
        const open = { serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15 };
        return talk(terms, { ...open, threshold: terms.threshold }, terms);
      });
    }
  });
}
