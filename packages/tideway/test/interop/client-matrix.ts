import { after, before, describe } from "node:test";
import { Authority, skipTls } from "./certificate.js";
import { type Case, matrix } from "./matrix.js";
import { type OurClient, type OurConnectOptions, ourConnect, ourWebSocket } from "./our-client.js";
import type { Listening, ServerPeer } from "./peer/peer.js";

/** Both of them. */
export const ourClients: readonly OurClient[] = [ourWebSocket, ourConnect];

/** Runs the matrix between a foreign server and both of our clients. */
export function clientMatrix(peer: ServerPeer, cases?: readonly Case[]): void {
  columns(peer, false, cases);
}

/** The same over TLS. */
export function secureClientMatrix(peer: ServerPeer, cases: readonly Case[]): void {
  columns(peer, true, cases);
}

/** Connects one of our clients to a foreign server: both ends, and what the server saw of the request. */
export async function openPair(client: OurClient, listening: Listening, url: string, options?: OurConnectOptions) {
  const ours = await client.connect(url, options);
  const { end: theirs, ...seen } = await listening.accept();
  return { ours, theirs, seen };
}

function columns(peer: ServerPeer, secure: boolean, cases: readonly Case[] | undefined): void {
  const skip = peer.skip || (secure && skipTls);
  for (const client of ourClients) {
    describe(`${client.facts.name}, ${peer.facts.name}${secure ? " over wss" : ""}`, { skip }, () => {
      let authority: Authority | undefined;
      let listening: Listening;
      before(async () => {
        if (secure) authority = new Authority();
        await peer.start();
        listening = await peer.listen(authority && { identity: authority.server });
      });
      after(async () => {
        await listening.close();
        await peer.stop();
        authority?.discard();
      });
      const column = {
        ours: client.facts,
        theirs: peer.facts,
        port: () => listening.port,
        open: (port: number) =>
          authority === undefined
            ? openPair(client, listening, `ws://127.0.0.1:${port}/`)
            : openPair(client, listening, `wss://127.0.0.1:${port}/`, { ca: authority.ca }),
      };
      matrix(column, cases);
    });
  }
}
