import { after, before } from "node:test";
import type { End } from "./end.js";
import { matrix } from "./matrix.js";
import { OurServer } from "./our-server.js";
import type { ClientPeer } from "./peer/peer.js";

/** Runs the whole matrix between a foreign client and our server. */
export function serverMatrix(peer: ClientPeer): void {
  let server: OurServer;
  if (peer.skip === false) {
    before(async () => {
      server = await OurServer.start();
      await peer.start();
    });
    after(async () => {
      await peer.stop();
      await server.stop();
    });
  }
  matrix({
    name: `our server, ${peer.facts.name}`,
    skip: peer.skip,
    ours: OurServer.facts,
    theirs: peer.facts,
    port: () => server.port,
    open: (port) => openPair(server, peer, `ws://127.0.0.1:${port}/`),
  });
}

/** Connects a foreign client to our server: both ends. */
export async function openPair(
  server: OurServer,
  peer: ClientPeer,
  url: string,
  options?: Parameters<ClientPeer["connect"]>[1],
): Promise<{ ours: Awaited<ReturnType<OurServer["accept"]>>; theirs: End }> {
  const theirs = await peer.connect(url, options);
  return { ours: await server.accept(), theirs };
}
