import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { Authority, skipTls } from "./certificate.js";
import type { End } from "./end.js";
import { type Case, matrix } from "./matrix.js";
import { OurServer, type OurServerEnd } from "./our-server.js";
import type { ClientPeer, ConnectOptions } from "./peer/peer.js";

/** Runs the matrix between a foreign client and our server. */
export function serverMatrix(peer: ClientPeer, cases?: readonly Case[]): void {
  describe(`our server, ${peer.facts.name}`, { skip: peer.skip }, () => {
    let server: OurServer;
    before(async () => {
      server = await OurServer.start();
      await peer.start();
    });
    after(async () => {
      await peer.stop();
      assert.equal(await server.stop(), 0, "connections were left over");
    });
    const column = {
      ours: OurServer.facts,
      theirs: peer.facts,
      port: () => server.port,
      open: (port: number) => openPair(server, peer, `ws://127.0.0.1:${port}/`),
    };
    matrix(column, cases);
  });
}

/** The same over TLS, on `node:https` or on bare `node:tls`. */
export function secureServerMatrix(peer: ClientPeer, cases: readonly Case[], on: "https" | "tls"): void {
  describe(`our server on node:${on}, ${peer.facts.name} over wss`, { skip: peer.skip || skipTls }, () => {
    let authority: Authority;
    let server: OurServer;
    before(async () => {
      authority = new Authority();
      server = await OurServer.start({ identity: authority.server, bare: on === "tls" });
      await peer.start();
    });
    after(async () => {
      await peer.stop();
      assert.equal(await server.stop(), 0, "connections were left over");
      authority.discard();
    });
    const column = {
      ours: OurServer.facts,
      theirs: peer.facts,
      port: () => server.port,
      open: (port: number) => openPair(server, peer, `wss://127.0.0.1:${port}/`, { ca: authority.ca }),
    };
    matrix(column, cases);
  });
}

/** Connects a foreign client to our server: both ends. */
export async function openPair(
  server: OurServer,
  peer: ClientPeer,
  url: string,
  options?: ConnectOptions,
): Promise<{ readonly ours: OurServerEnd; readonly theirs: End }> {
  const theirs = await peer.connect(url, options);
  return { ours: await server.accept(), theirs };
}
