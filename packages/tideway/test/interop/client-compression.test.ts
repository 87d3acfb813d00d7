import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { openPair, ourClients } from "./client-matrix.js";
import { assertAgreed, converse, eachTerms } from "./compression-conversation.js";
import { product, talkBriefly, windowsFrom } from "./compression-product.js";
import type { CompressionTerms, ServerPeer } from "./peer/peer.js";
import { pythonServer } from "./peer/python.js";
import { wsServer } from "./peer/ws.js";

/** Foreign servers that know permessage-deflate. */
const servers: readonly {
  readonly peer: ServerPeer;
  /** Smallest window that it compresses with. */
  readonly least: number;
}[] = [
  { peer: wsServer, least: 8 },
  // Its zlib refuses 8 bits.
  { peer: pythonServer, least: 9 },
];

/** Our clients compress with 9 bits at least; allowed 8 only they send everything as it is. */
const OUR_LEAST = 9;

for (const { peer, least } of servers) {
  describe(`compression between our clients and ${peer.facts.name}`, { skip: peer.skip }, () => {
    before(() => peer.start());
    after(() => peer.stop());

    for (const client of ourClients) {
      const talk = async (
        terms: Required<CompressionTerms>,
        compression: CompressionTerms,
        answer: CompressionTerms,
      ): Promise<void> => {
        const listening = await peer.listen({ compression: answer });
        try {
          const url = `ws://127.0.0.1:${listening.port}/`;
          const { ours, theirs } = await openPair(client, listening, url, { compression });
          assertAgreed(ours.extensions ?? "", terms);
          assert.match(theirs.extensions ?? "", /^permessage-deflate/);
          const takeover = !terms.clientNoContextTakeover;
          await converse(ours, theirs, { threshold: terms.threshold, takeover, theyCompress: true });
          await ours.close(1000);
          await theirs.inbox.next("close");
        } finally {
          await listening.close();
        }
      };

      const brief = async (
        compression: CompressionTerms,
        answer: CompressionTerms,
        agreed: (extensions: string) => void,
        weCompress: boolean,
      ): Promise<void> => {
        const listening = await peer.listen({ compression: answer });
        try {
          const { ours, theirs } = await openPair(client, listening, `ws://127.0.0.1:${listening.port}/`, {
            compression,
          });
          agreed(ours.extensions ?? "");
          await talkBriefly(ours, theirs, { weCompress, theyCompress: true });
          await ours.close(1000);
          await theirs.inbox.next("close");
        } finally {
          await listening.close();
        }
      };
      product(
        `${client.facts.name}: the server says, all windows`,
        { server: windowsFrom(least), client: windowsFrom(8) },
        (terms, agreed) => brief({ threshold: 0 }, terms, agreed, (terms.clientMaxWindowBits ?? 15) >= OUR_LEAST),
      );
      product(
        `${client.facts.name}: the client asks, all windows`,
        { server: windowsFrom(least), client: windowsFrom(OUR_LEAST) },
        (terms, agreed) => brief(terms, { threshold: 0 }, agreed, true),
      );

      eachTerms(`${client.facts.name}: the server says`, false, (terms) =>
        talk(terms, { threshold: terms.threshold }, { ...terms, threshold: 0 }),
      );
      eachTerms(`${client.facts.name}: the client asks`, false, (terms) => talk(terms, terms, { threshold: 0 }));
    }
  });
}
