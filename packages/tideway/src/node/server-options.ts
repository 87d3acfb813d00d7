import type { TLSSocket } from "node:tls";
import type { DeflateSettings } from "../protocol/deflate/option.js";
import type { FrameTap } from "../protocol/frame-tap.js";
import { AllowedHosts } from "../protocol/handshake/allowed-host.js";
import { type OriginOption, OriginPolicy } from "../protocol/handshake/origin.js";
import { type Limits, resolveLimits } from "../protocol/limits.js";
import { type CompressionOption, compression, resolveCompression } from "./compression-option.js";
import { limitRules } from "./limit-rule.js";
import {
  callback,
  checkedElsewhere,
  checkOptions,
  duration,
  either,
  flag,
  limit,
  type OptionRules,
  oneOf,
  path,
  texts,
} from "./option-check.js";
import type { ServerSocket } from "./server-socket.js";
import { TrustedProxies } from "./trusted-proxy.js";

/** What is known of a request beside the request itself. */
export interface UpgradeInfo {
  /** Address of the client; behind a trusted proxy the one it vouches for. */
  readonly remoteAddress: string;
  /** The request came over TLS, here or at a trusted proxy. */
  readonly secure: boolean;
  /** Subprotocols in the client's order of preference. */
  readonly protocols: readonly string[];
  /**
   * The client's certificate as `tls.TLSSocket.getPeerCertificate()` gives it, and whether it is trusted; undefined without TLS or
   * without a certificate. Ask for one with `requestCert` on the TLS server.
   */
  readonly peerCertificate:
    | { readonly authorized: boolean; readonly certificate: ReturnType<TLSSocket["getPeerCertificate"]> }
    | undefined;
  /** Aborted when the client goes away or the handshake runs out of time: what the handler still does is for nobody. */
  readonly signal: AbortSignal;
  /** Header lines to send with the 101, such as Set-Cookie. Those of the handshake itself are refused. */
  readonly responseHeaders: Headers;
}

/** What happens to connections. One object for all of them; a handler gets the socket it concerns. */
export interface ServerHandlers<Context> {
  /**
   * Decides on an opening handshake that is correct and whose Origin is allowed. Answers with a context, which becomes
   * `socket.context`, or with a `Response` to refuse (its status, headers and body are sent). Throwing answers 500.
   */
  upgrade?(request: Request, info: UpgradeInfo): Context | Response | Promise<Context | Response>;
  /** The connection is open. Runs before any message is handled; a returned promise holds back the first. */
  open?(socket: ServerSocket<Context>): unknown;
  /**
   * A message: a string for text, bytes for binary. Messages of one socket are handled in order; while a returned promise is pending
   * the next waits and the peer is slowed down. Any other result is ignored. Throwing or rejecting closes this socket with 1011.
   */
  message?(socket: ServerSocket<Context>, data: string | Uint8Array): unknown;
  /** A ping; it has been answered already. */
  ping?(socket: ServerSocket<Context>, payload: Uint8Array): void;
  /** A pong. */
  pong?(socket: ServerSocket<Context>, payload: Uint8Array): void;
  /** After `send` said "queued" or "dropped": everything queued for this socket has been taken by the network. */
  drain?(socket: ServerSocket<Context>): void;
  /**
   * The connection has ended; exactly once for each `open`.
   * @param code the code in the peer's close frame, 1005 if it had none, 1006 if there was no close frame (a fault, a network error, a
   *   deadline: see `socket.failure`)
   */
  close?(socket: ServerSocket<Context>, code: number, reason: string): void;
  /**
   * Something went wrong that no handler gets: a handler threw, a refused or broken handshake, a peer's fault. `socket` is undefined
   * before there is one. Default: errors thrown by handlers are warned of by `process.emitWarning`, the others are not reported.
   */
  error?(error: Error, socket: ServerSocket<Context> | undefined): void;
}

/** Options of `WebSocketServer`: handlers, policy and limits. Milliseconds and bytes; `Infinity` is "no limit". */
export interface ServerOptions<Context> extends ServerHandlers<Context>, Partial<Omit<Limits, "maxRetained">> {
  /** The path served, compared with the request's up to its query. Default: any. */
  readonly path?: string;
  /**
   * Who may connect from a browser page: "same-origin" (default), origins such as "https://app.example" and "https://*.app.example", or
   * "any". A request without Origin, which no browser sends, is let through unless `requireOrigin`. `null` never is, except by "any".
   */
  readonly origins?: OriginOption;
  /** Refuse requests without an Origin header. Default false. */
  readonly requireOrigin?: boolean;
  /** Names and ports this server answers to by its Host header (DNS rebinding). Default: any. */
  readonly hosts?: readonly string[];
  /** Addresses and networks ("10.0.0.0/8") of proxies whose X-Forwarded-For and -Proto are believed. Default: none. */
  readonly trustProxy?: readonly string[];
  /** Subprotocols served, best first; the first that the client offers too is chosen. Or a function that chooses one of the offered. Default: none is chosen. */
  readonly protocols?: readonly string[] | ((offered: readonly string[], request: Request) => string | undefined);
  /**
   * permessage-deflate (RFC 7692), for clients that offer it. Default false: it costs CPU, and lengths can tell secrets (§8). `true` compresses
   * messages from 1 KiB on, each by itself in both directions, with a window of 8 KiB for ours and level 1; or the options themselves.
   */
  readonly compression?: CompressionOption;
  /**
   * "copy" (default): `message` gets bytes of its own; from 65 bytes to 1 KiB their `buffer` is shared, as with Node's buffers. "view": bytes
   * where they were read, valid until the handler returns; an asynchronous one must have copied what it needs before its first `await`.
   */
  readonly binary?: "copy" | "view";
  /** Queued bytes at which a peer counts as behind: `send` says "queued", and nothing more is read from it. Default 64 KiB; at most `sendLimit`. */
  readonly sendHighWater?: number;
  /**
   * Queued bytes beyond which `sendPolicy` meets the next message; one message of any size may enter a queue below it. Four
   * times as much while the network has not had a turn of the event loop to take what was just queued. Default 1 MiB.
   */
  readonly sendLimit?: number;
  /** "close" (default): close with 1013. "drop": the message is dropped and `send` says so. */
  readonly sendPolicy?: "close" | "drop";
  /** Age of the oldest queued byte at which a slow reader is closed with 1013. Default 30 s. */
  readonly sendMaxAge?: number;
  /** Time without progress of a write after which the peer is taken for gone. Default 10 s. */
  readonly writeTimeout?: number;
  /**
   * From the accepted connection to the 101: TLS, the request and the `upgrade` handler. Default 10 s. On an HTTP server of the application's
   * TLS and the handler are held to it, each for itself, and the request to that server's `headersTimeout`.
   */
  readonly handshakeTimeout?: number;
  /**
   * Connections and handshakes, in all. Default 50 000. Beyond: 503. On an HTTP server of the application's a handshake counts once its
   * request is complete.
   */
  readonly maxConnections?: number;
  /** The same from one address (IPv6: one /64). Default 100, but without bound for loopback and private addresses unless set. Beyond: 429. */
  readonly maxConnectionsPerAddress?: number;
  /** New connections per second from one address, with 2.5 times as many in one burst. Default 20; exempt as above. Beyond: 429. */
  readonly maxConnectionRate?: number;
  /**
   * Makes a tap for a new connection that sees all its frames, or none; asked before `open`. For tools: it costs time, a little also on
   * connections that get none. One that throws counts as a handler that does.
   */
  readonly tap?: (socket: ServerSocket<Context>) => FrameTap | undefined;
}

const rules: OptionRules = {
  upgrade: callback,
  open: callback,
  message: callback,
  ping: callback,
  pong: callback,
  drain: callback,
  close: callback,
  error: callback,
  path,
  origins: checkedElsewhere,
  requireOrigin: flag,
  hosts: texts,
  trustProxy: texts,
  protocols: either(texts, callback),
  compression,
  binary: oneOf("copy", "view"),
  sendHighWater: limit,
  sendLimit: limit,
  sendPolicy: oneOf("close", "drop"),
  sendMaxAge: duration,
  writeTimeout: duration,
  handshakeTimeout: duration,
  maxConnections: limit,
  maxConnectionsPerAddress: limit,
  maxConnectionRate: limit,
  tap: callback,
  ...limitRules,
};

/** What users of other libraries look for first. */
const elsewhere: { readonly [name: string]: string } = {
  port: "call listen(port, host)",
  host: "call listen(port, host)",
  server: "call attach(server)",
  noServer: "call handleUpgrade(request, stream, head)",
  verifyClient: 'use "upgrade", and answer with a Response to refuse',
  handleProtocols: 'use "protocols"',
  perMessageDeflate: 'use "compression"',
  connection: 'use "open"',
  clientTracking: "see sockets()",
  cors: 'use "origins"',
  idleTimeout: 'use "pingInterval" and "pingTimeout"',
  maxPayloadLength: 'use "maxPayload"',
  maxHttpBufferSize: 'use "maxPayload"',
  maxBackpressure: 'use "sendLimit"',
};

/** Options with every default filled in. */
export interface Settings {
  readonly path: string | undefined;
  readonly origins: OriginPolicy;
  readonly hosts: AllowedHosts;
  readonly proxies: TrustedProxies;
  readonly compression: DeflateSettings | undefined;
  readonly binary: "copy" | "view";
  readonly sendHighWater: number;
  readonly sendLimit: number;
  readonly sendPolicy: "close" | "drop";
  readonly sendMaxAge: number;
  readonly writeTimeout: number;
  readonly handshakeTimeout: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number | undefined;
  readonly maxConnectionRate: number | undefined;
  readonly limits: Limits;
}

/**
 * Checks options and fills in the defaults.
 * @throws TypeError, RangeError as `checkOptions`; LocalError ERR_ARGUMENT_ORIGINS, ERR_ARGUMENT_HOST for malformed entries
 */
export function resolveOptions<Context>(given: ServerOptions<Context>): Settings {
  checkOptions(given, rules, "WebSocketServer", elsewhere);
  const sendLimit = given.sendLimit ?? 1024 * 1024;
  return {
    path: given.path,
    origins: new OriginPolicy(given.origins, { requireOrigin: given.requireOrigin }),
    hosts: new AllowedHosts(given.hosts ?? "any"),
    proxies: new TrustedProxies(given.trustProxy ?? []),
    compression: resolveCompression("server", given.compression, "WebSocketServer"),
    binary: given.binary ?? "copy",
    // The limit is looked at above the mark only.
    sendHighWater: Math.min(given.sendHighWater ?? 64 * 1024, sendLimit),
    sendLimit,
    sendPolicy: given.sendPolicy ?? "close",
    sendMaxAge: given.sendMaxAge ?? 30_000,
    writeTimeout: given.writeTimeout ?? 10_000,
    handshakeTimeout: given.handshakeTimeout ?? 10_000,
    maxConnections: given.maxConnections ?? 50_000,
    maxConnectionsPerAddress: given.maxConnectionsPerAddress,
    maxConnectionRate: given.maxConnectionRate,
    limits: resolveLimits("server", given),
  };
}
