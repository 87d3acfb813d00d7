/** Servers for the tests, of every kind that a WebSocketServer can be attached to. Each is closed when its test ends. */
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, createServer as createNet, type Server } from "node:net";
import type { TestContext } from "node:test";
import { createServer as createTls, type TlsOptions } from "node:tls";
import { WebSocketServer } from "../../dist/node/server.js";
import type { ServerOptions } from "../../dist/node/server-options.js";
import type { ServerSocket } from "../../dist/node/server-socket.js";
import { type ConnectOptions, RawPeer, type RequestOptions } from "./raw-peer.js";

export type Kind = "own" | "http" | "https" | "net" | "tls";

export interface Served<Context> {
  readonly server: WebSocketServer<Context>;
  readonly port: number;
  /** The server that it is attached to; undefined for "own". */
  readonly under: Server | undefined;
  /** A peer after the opening handshake. */
  open(options?: Partial<ConnectOptions> & { readonly request?: RequestOptions }): Promise<RawPeer>;
  /** A peer before it. */
  connect(options?: Partial<ConnectOptions>): Promise<RawPeer>;
}

/** Listens on a free port of the loopback address. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Starts a server. @param tls its key, certificate and whatever else TLS needs; for "https" and "tls" */
export async function serve<Context = undefined>(
  context: TestContext,
  options: ServerOptions<Context> = {},
  kind: Kind = "own",
  tls: TlsOptions = {},
): Promise<Served<Context>> {
  const server = new WebSocketServer(options);
  const peers: RawPeer[] = [];
  const under = makeUnder(kind, tls);
  let port: number;
  if (under === undefined) port = (await server.listen()).port;
  else {
    server.attach(under);
    port = await listen(under);
  }
  context.after(async () => {
    for (const peer of peers) peer.drop();
    await server.close();
    under?.close();
  });
  const secure = kind === "https" || kind === "tls" ? { tls: {} } : {};
  const keep = (peer: RawPeer) => {
    peers.push(peer);
    return peer;
  };
  return {
    server,
    port,
    under,
    open: async (more = {}) => keep(await RawPeer.open({ port, ...secure, ...more })),
    connect: async (more = {}) => keep(await RawPeer.connect({ port, ...secure, ...more })),
  };
}

function makeUnder(kind: Kind, tls: TlsOptions): Server | undefined {
  if (kind === "own") return undefined;
  if (kind === "http") return createHttp((_, response) => response.end("plain"));
  if (kind === "https") return createHttps(tls, (_, response) => response.end("plain"));
  return kind === "net" ? createNet() : createTls(tls);
}

/** Sends back what comes. */
export function echo<Context>(socket: ServerSocket<Context>, data: string | Uint8Array): void {
  socket.send(data);
}
