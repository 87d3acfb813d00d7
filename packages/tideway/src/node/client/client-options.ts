import type { LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions as TlsConnectOptions } from "node:tls";
import type { FrameTap } from "../../protocol/frame-tap.js";
import type { Limits } from "../../protocol/limits.js";
import { type CompressionOption, compression, resolveCompression } from "../compression-option.js";
import { limitRules } from "../limit-rule.js";
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
  record,
  text,
  typeRule,
} from "../option-check.js";

/** What of TLS may be set: as `tls.connect` of Node takes it. */
export type ClientTlsOptions = Pick<
  TlsConnectOptions,
  | "ca"
  | "cert"
  | "key"
  | "passphrase"
  | "pfx"
  | "rejectUnauthorized"
  | "servername"
  | "checkServerIdentity"
  | "minVersion"
  | "maxVersion"
  | "ciphers"
  | "ecdhCurve"
  | "sigalgs"
  | "crl"
  | "secureContext"
  | "session"
>;

/** Header lines: a record of names to a value or several, or pairs as `Headers`, a `Map` or an array of pairs give them. */
export type HeadersOption =
  | { readonly [name: string]: string | readonly string[] }
  | Iterable<readonly [name: string, value: string]>;

/** Options of `connect` and `WebSocket`. Milliseconds and bytes; `Infinity` is "no limit". The limits of the protocol are in `Limits`. */
export interface ClientOptions extends Partial<Omit<Limits, "maxRetained">> {
  /** Subprotocols in order of preference; if any are given the server must choose one of them. Default: none. */
  readonly protocols?: string | readonly string[];
  /** Header lines of the request, such as Authorization or Cookie. Those of the handshake itself are refused. */
  readonly headers?: HeadersOption;
  /** The Origin header, for servers that want one. Default: none, as programs are no web pages. */
  readonly origin?: string;
  /**
   * Offers permessage-deflate (RFC 7692). Default false. `true` leaves the parameters to the server and compresses messages from 1 KiB on; or
   * the options themselves. What the server then does not grant fails the handshake; that it declines the whole does not.
   */
  readonly compression?: CompressionOption;
  /** From the call until the 101: look-up, connection, TLS and the whole answer together. Default 10 s. */
  readonly handshakeTimeout?: number;
  /** Aborting it ends the attempt, or the connection at once; the error is the signal's reason. */
  readonly signal?: AbortSignal;
  /** Queued bytes at which `send` says "queued". Default 1 MiB; at most `sendLimit`. */
  readonly sendHighWater?: number;
  /**
   * Queued bytes beyond which `sendPolicy` meets the next message; one message of any size may enter a queue below it. Default 16 MiB
   * for `connect`, none for `WebSocket`, whose users look at `bufferedAmount` and expect of `send` what a browser does.
   */
  readonly sendLimit?: number;
  /** "close" (default): the connection is ended, with ERR_SEND_LIMIT. "drop": the message is dropped; `connect`'s `send` says so. */
  readonly sendPolicy?: "close" | "drop";
  /** Time without progress of a write (256 KiB of a large message are one) after which the server is taken for gone. Default 10 s. */
  readonly writeTimeout?: number;
  /** Age of the oldest queued byte at which the connection is ended. Default none: an upload takes as long as it takes. */
  readonly sendMaxAge?: number;
  /** What `tls.connect` needs beyond the URL, such as `ca`, `cert` and `key`. For wss: only. */
  readonly tls?: ClientTlsOptions;
  /** Connect to this Unix socket or named pipe; the URL then only gives Host, path and TLS name. */
  readonly socketPath?: string;
  /** Local address to connect from. */
  readonly localAddress?: string;
  /** 4 or 6: only that version of IP. Default 0: both, the quicker one wins (RFC 8305). */
  readonly family?: 0 | 4 | 6;
  /** Look-up of names, as `net.connect` takes it. Default `dns.lookup`. */
  readonly lookup?: LookupFunction;
  /**
   * Brings a stream of its own: a tunnel through a proxy, a pair in memory. It is used as it is, also for wss:, where it has to be
   * secure already. It is destroyed with the connection.
   */
  readonly createConnection?: () => Duplex | Promise<Duplex>;
  /** Sees every frame. For tools; costs time. One that throws ends the connection, with ERR_TAP. */
  readonly tap?: FrameTap;
}

const anything: OptionRules[string] = checkedElsewhere;

const rules: OptionRules = {
  protocols: either(
    text,
    typeRule("an array of strings", (value) => Array.isArray(value)),
  ),
  headers: typeRule("an object or pairs of name and value", (value) => typeof value === "object" && value !== null),
  origin: text,
  compression,
  handshakeTimeout: duration,
  signal: typeRule("an AbortSignal", (value) => value instanceof AbortSignal),
  sendHighWater: limit,
  sendLimit: limit,
  sendPolicy: oneOf("close", "drop"),
  writeTimeout: duration,
  sendMaxAge: duration,
  tls: record,
  socketPath: text,
  localAddress: text,
  family: typeRule("0, 4 or 6", (value) => value === 0 || value === 4 || value === 6),
  lookup: callback,
  createConnection: callback,
  tap: callback,
  ...limitRules,
};

const tlsRules: OptionRules = {
  ca: anything,
  cert: anything,
  key: anything,
  passphrase: text,
  pfx: anything,
  rejectUnauthorized: flag,
  servername: text,
  checkServerIdentity: callback,
  minVersion: text,
  maxVersion: text,
  ciphers: text,
  ecdhCurve: text,
  sigalgs: text,
  crl: anything,
  secureContext: anything,
  session: anything,
};

/** What users of other libraries look for first. */
const elsewhere: { readonly [name: string]: string } = {
  agent: 'use "createConnection" for a proxy',
  followRedirects: "redirects are not followed",
  perMessageDeflate: 'use "compression"',
  timeout: 'use "handshakeTimeout"',
  ...Object.fromEntries(Object.keys(tlsRules).map((name) => [name, `it belongs in "tls": { tls: { ${name} } }`])),
};

/**
 * Checks options.
 * @param given what the caller gave
 * @param where whose options they are, for messages
 * @returns a copy of the object's own properties, so that neither a prototype nor a later change has a say
 * @throws TypeError, RangeError as `checkOptions`
 */
export function checkClientOptions(given: ClientOptions, where: string): ClientOptions {
  checkOptions(given, rules, where, elsewhere);
  if (given.tls !== undefined) checkOptions(given.tls, tlsRules, `${where}: tls`);
  const settings = resolveCompression("client", given.compression, where);
  return { ...given, ...(given.tls && { tls: { ...given.tls } }), ...(settings && { compression: settings }) };
}
