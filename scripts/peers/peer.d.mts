/** Name of a peer that install.mjs knows. */
export type PeerName =
  | "bufferutil"
  | "bun"
  | "crossws"
  | "deno"
  | "faye-websocket"
  | "gorilla"
  | "node20"
  | "node22"
  | "node24"
  | "node26"
  | "python"
  | "socket.io"
  | "socket.io-client"
  | "undici"
  | "websocket"
  | "ws";

/** Where a peer is (see peer.mjs). `skip` is false, or the reason and what to run; path and version are then empty. */
export function peer(name: PeerName): { path: string; version: string; skip: string | false };

/** `require` as a file among the installed packages has it. */
export const peerRequire: NodeJS.Require;

/** The environment in which Go finds the packages of apt. */
export const GO_ENVIRONMENT: Readonly<Record<string, string>>;
