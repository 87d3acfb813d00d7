/**
 * The four parameters of permessage-deflate (RFC 7692 §7.1): their grammar, in an offer and in a response, and what both ends agreed.
 */
import type { ExtensionOffer, ExtensionParam } from "../handshake/extension-header.js";
import type { DeflateResponseCode } from "./failure.js";

/** The extension's name, compared as it is, like every implementation does. */
export const DEFLATE_NAME = "permessage-deflate";

/** Least and largest base-2 logarithm of an LZ77 window: 256 to 32 768 bytes (§7.1.2). */
export const MIN_WINDOW_BITS = 8;
export const MAX_WINDOW_BITS = 15;

/**
 * Least window that zlib can compress with. Raw DEFLATE with 8 bits is silently made with 9, and "the peer server does not use an LZ77
 * sliding window size greater than …" (§7.1.2.1) would be a promise zlib does not keep. Decompressing what was made with 8 works.
 */
export const MIN_DEFLATE_BITS = 9;

/** What both ends agreed. */
export interface DeflateParameters {
  /** The server compresses each message by itself. */
  readonly serverNoContextTakeover: boolean;
  /** The client compresses each message by itself. */
  readonly clientNoContextTakeover: boolean;
  /** The server's window, 8 to 15. */
  readonly serverMaxWindowBits: number;
  /** The client's window, 8 to 15. */
  readonly clientMaxWindowBits: number;
}

/** One direction of a connection. */
export interface DeflateDirection {
  /** Later messages may refer to earlier ones. */
  readonly takeover: boolean;
  /** Base-2 logarithm of the window, 8 to 15. */
  readonly windowBits: number;
}

/** What was agreed, seen from one end. */
export interface DeflateDirections {
  /** How this end may compress. */
  readonly send: DeflateDirection;
  /** How the peer may have compressed. */
  readonly receive: DeflateDirection;
}

/** The parameters of one offer or response as they stand there; undefined where one is absent, `true` where one has no value. */
export interface ReadParameters {
  readonly serverNoContextTakeover: true | undefined;
  readonly clientNoContextTakeover: true | undefined;
  readonly serverMaxWindowBits: number | undefined;
  readonly clientMaxWindowBits: number | true | undefined;
}

/** Where parameters stand: client_max_window_bits may be without a value only in an offer (§7.1.2.2). */
export type ParameterPlace = "offer" | "response";

/**
 * Reads the parameters of one offer or response.
 * @param extension as `parseExtensions` gives it: quotes are gone already
 * @returns the parameters, or the code of what is wrong with them. The server declines such an offer, the client fails the
 *   connection (§7.1: "a parameter not defined for use", "an invalid value", "multiple extension parameters with the same name")
 */
export function readParameters(extension: ExtensionOffer, place: ParameterPlace): ReadParameters | DeflateResponseCode {
  const seen = new Map<string, number | true>();
  for (const [name, value] of extension.params) {
    const read = readValue(name, value, place);
    if (typeof read === "string") return read;
    if (seen.has(name)) return "ERR_DEFLATE_DUPLICATE";
    seen.set(name, read);
  }
  return {
    serverNoContextTakeover: seen.has("server_no_context_takeover") || undefined,
    clientNoContextTakeover: seen.has("client_no_context_takeover") || undefined,
    serverMaxWindowBits: seen.get("server_max_window_bits") as number | undefined,
    clientMaxWindowBits: seen.get("client_max_window_bits"),
  };
}

function readValue(
  name: string,
  value: string | true,
  place: ParameterPlace,
): number | true | "ERR_DEFLATE_UNKNOWN" | "ERR_DEFLATE_VALUE" {
  switch (name) {
    case "server_no_context_takeover":
    case "client_no_context_takeover":
      // §7.1.1.1, §7.1.1.2: "This extension parameter has no value."
      return value === true ? true : "ERR_DEFLATE_VALUE";
    case "server_max_window_bits":
      return readBits(value);
    case "client_max_window_bits":
      // §7.1.2.2: in an offer "This parameter has no value or a decimal integer value"; in a response it has one.
      return value === true && place === "offer" ? true : readBits(value);
    default:
      return "ERR_DEFLATE_UNKNOWN";
  }
}

/** §7.1.2.1: "a decimal integer value without leading zeroes between 8 to 15, inclusive". */
function readBits(value: string | true): number | "ERR_DEFLATE_VALUE" {
  return value !== true && /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : "ERR_DEFLATE_VALUE";
}

/**
 * Writes an offer or a response.
 * @returns the extension with the parameters that are given, in the order of the RFC
 */
export function writeParameters(parameters: ReadParameters): ExtensionOffer {
  const params: ExtensionParam[] = [];
  if (parameters.serverNoContextTakeover) params.push(["server_no_context_takeover", true]);
  if (parameters.clientNoContextTakeover) params.push(["client_no_context_takeover", true]);
  const { serverMaxWindowBits: server, clientMaxWindowBits: client } = parameters;
  if (server !== undefined) params.push(["server_max_window_bits", String(server)]);
  if (client !== undefined) params.push(["client_max_window_bits", client === true ? true : String(client)]);
  return { name: DEFLATE_NAME, params };
}

/**
 * What was agreed, from the seat of one end.
 * @param role whose seat
 * @returns how that end may compress, and how its peer may have
 */
export function directionsOf(agreed: DeflateParameters, role: "client" | "server"): DeflateDirections {
  const server = { takeover: !agreed.serverNoContextTakeover, windowBits: agreed.serverMaxWindowBits };
  const client = { takeover: !agreed.clientNoContextTakeover, windowBits: agreed.clientMaxWindowBits };
  return role === "server" ? { send: server, receive: client } : { send: client, receive: server };
}
