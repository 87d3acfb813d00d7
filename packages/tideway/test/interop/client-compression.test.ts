import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { openPair, ourClients } from "./client-matrix.js";
import { assertAgreed, converse, eachTerms } from "./compression-conversation.js";
import type { CompressionTerms, ServerPeer } from "./peer/peer.js";
import { pythonServer } from "./peer/python.js";
import { wsServer } from "./peer/ws.js";

/** Foreign servers that know permessage-deflate. */
const servers: readonly ServerPeer[] = [wsServer, pythonServer];

for (const peer of servers) {
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

      eachTerms(`${client.facts.name}: the server says`, false, (terms) =>
        talk(terms, { threshold: terms.threshold }, { ...terms, threshold: 0 }),
      );
      eachTerms(`${client.facts.name}: the client asks`, false, (terms) => talk(terms, terms, { threshold: 0 }));
    }
  });
}
