import { createHash, randomBytes } from "node:crypto";
import { offerDeflate } from "../../protocol/deflate/negotiation.js";
import type { DeflateSettings } from "../../protocol/deflate/option.js";
import { LocalError } from "../../protocol/error.js";
import { acceptKey, encodeKey } from "../../protocol/handshake/accept-key.js";
import { encodeRequest } from "../../protocol/handshake/client-request.js";
import type { ExtensionOffer } from "../../protocol/handshake/extension-header.js";
import type { Field } from "../../protocol/handshake/refusal.js";
import { formatSubprotocols } from "../../protocol/handshake/subprotocol.js";
import { type Limits, resolveLimits } from "../../protocol/limits.js";
import { resolveCompression } from "../compression-option.js";
import type { ClientOptions, HeadersOption } from "./client-options.js";
import { type Destination, syntaxError } from "./url.js";

/** All that is needed to connect, checked: nothing behind this point can fail for a wrong argument. */
export interface ClientPlan {
  readonly destination: Destination;
  readonly options: ClientOptions;
  /** The subprotocols offered. */
  readonly protocols: readonly string[];
  /** How to compress; undefined: not at all. */
  readonly compression: DeflateSettings | undefined;
  /** The extensions offered. */
  readonly offers: readonly ExtensionOffer[];
  /** The bytes of the request. */
  readonly request: Uint8Array;
  /** The Sec-WebSocket-Accept that answers it. */
  readonly accept: string;
  readonly limits: Limits;
  readonly handshakeTimeout: number;
  readonly sendHighWater: number;
  readonly sendLimit: number;
  readonly writeTimeout: number;
  readonly sendMaxAge: number;
}

/**
 * Makes the plan of a connection.
 * @param options checked by `checkClientOptions`
 * @param protocols instead of those in the options
 * @param sendLimit the default of `sendLimit`
 * @throws DOMException SyntaxError for subprotocols that are no different tokens, or a host no Host header can name; LocalError
 *   ERR_ARGUMENT_HEADER_NAME, _VALUE, _RESERVED; ERR_ARGUMENT_LIMIT
 */
export function makePlan(
  destination: Destination,
  options: ClientOptions,
  protocols: readonly string[],
  sendLimit: number,
): ClientPlan {
  const key = encodeKey(randomBytes(16));
  const compression = resolveCompression("client", options.compression, "compression");
  const offers = compression === undefined ? [] : offerDeflate(compression);
  const sendMost = options.sendLimit ?? sendLimit;
  return {
    destination,
    options,
    protocols,
    compression,
    offers,
    request: makeRequest(destination, options, protocols, offers, key),
    accept: acceptKey(key, (bytes) => createHash("sha1").update(bytes).digest()),
    limits: resolveLimits("client", options),
    handshakeTimeout: options.handshakeTimeout ?? 10_000,
    // The limit is looked at above the mark only.
    sendHighWater: Math.min(options.sendHighWater ?? 1024 * 1024, sendMost),
    sendLimit: sendMost,
    writeTimeout: options.writeTimeout ?? 10_000,
    sendMaxAge: options.sendMaxAge ?? Number.POSITIVE_INFINITY,
  };
}

/** One name or a list of them as a list. */
export function protocolList(protocols: string | readonly string[] | undefined): readonly string[] {
  if (protocols === undefined) return [];
  return typeof protocols === "string" ? [protocols] : protocols;
}

function makeRequest(
  destination: Destination,
  { headers, origin }: ClientOptions,
  protocols: readonly string[],
  extensions: readonly ExtensionOffer[],
  key: string,
): Uint8Array {
  const fields = headerFields(headers);
  const authorized = fields.some(([name]) => String(name).toLowerCase() === "authorization");
  if (destination.authorization !== undefined && !authorized) fields.push(["Authorization", destination.authorization]);
  try {
    if (protocols.length > 0) formatSubprotocols(protocols);
    return encodeRequest({
      host: destination.hostHeader,
      target: destination.target,
      key,
      protocols,
      extensions,
      origin,
      headers: fields,
    });
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    const asInTheStandard = ["ERR_ARGUMENT_SUBPROTOCOL", "ERR_ARGUMENT_HOST", "ERR_ARGUMENT_TARGET"];
    throw asInTheStandard.includes(error.code) ? syntaxError(error.message, error) : error;
  }
}

/** Lines of a record or of pairs, in order. What is no text is refused where the request is written. */
function headerFields(headers: HeadersOption = {}): Field[] {
  if (Symbol.iterator in headers) {
    return Array.from(headers as Iterable<Field>, (pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) throw new TypeError('"headers" must be pairs of name and value');
      return [pair[0], pair[1]] as Field;
    });
  }
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" || !Array.isArray(value)
      ? [[name, value as string] as Field]
      : value.map((one): Field => [name, one]),
  );
}
