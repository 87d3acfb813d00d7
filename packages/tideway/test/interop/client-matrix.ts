import { after, before } from "node:test";
import { matrix } from "./matrix.js";
import { ourConnect, ourWebSocket } from "./our-client.js";
import type { Listening, ServerPeer } from "./peer/peer.js";

/** Runs the whole matrix between a foreign server and both of our clients. */
export function clientMatrix(peer: ServerPeer): void {
  let listening: Listening;
  if (peer.skip === false) {
    before(async () => {
      await peer.start();
      listening = await peer.listen();
    });
    after(async () => {
      await listening.close();
      await peer.stop();
    });
  }
  for (const client of [ourWebSocket, ourConnect]) {
    matrix({
      name: `${client.facts.name}, ${peer.facts.name}`,
      skip: peer.skip,
      ours: client.facts,
      theirs: peer.facts,
      port: () => listening.port,
      async open(port) {
        const ours = await client.connect(`ws://127.0.0.1:${port}/`);
        return { ours, theirs: (await listening.accept()).end };
      },
    });
  }
}
