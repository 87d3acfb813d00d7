/** The client's opening handshake (RFC 6455 §4.1). */
import { LocalError } from "../error.js";
import { isKey } from "./accept-key.js";
import { parseAuthority } from "./authority.js";
import { type ExtensionOffer, formatExtensions } from "./extension-header.js";
import { checkField, checkFields, joinHead } from "./field.js";
import { encodeLatin1 } from "./latin1.js";
import { type ArgumentCode, type Field, HANDSHAKE_CODES } from "./refusal.js";
import { formatSubprotocols } from "./subprotocol.js";

/** What goes into a request. */
export interface RequestOptions {
  /** The Host header: host of the URL, and its port if it is not the default one. Another name overrides it. */
  readonly host: string;
  /** Path and query of the URL, percent-encoded ASCII, starting with "/"; without the fragment. */
  readonly target: string;
  /** From encodeKey. */
  readonly key: string;
  /** Subprotocols in order of preference. Default: none. */
  readonly protocols?: readonly string[] | undefined;
  /** Extension offers in order of preference. Default: none. */
  readonly extensions?: readonly ExtensionOffer[] | undefined;
  /** The Origin header, which programs that are no browsers need not send. Default: none. */
  readonly origin?: string | undefined;
  /** Further header lines, such as Authorization or Cookie. */
  readonly headers?: readonly Field[] | undefined;
}

/** Names that the request writes itself, and those that would give it a body. */
function isReserved(name: string): boolean {
  return (
    name === "host" ||
    name === "upgrade" ||
    name === "connection" ||
    name === "content-length" ||
    name === "transfer-encoding" ||
    name.startsWith("sec-websocket-")
  );
}

/**
 * Writes the request.
 * @param options see RequestOptions
 * @returns the bytes of the head; a client sends nothing more before the response is checked
 * @throws LocalError before anything is written: ERR_ARGUMENT_HOST, ERR_ARGUMENT_TARGET, ERR_ARGUMENT_KEY,
 * ERR_ARGUMENT_SUBPROTOCOL, ERR_ARGUMENT_EXTENSION, ERR_ARGUMENT_HEADER_NAME, _VALUE, _RESERVED (also for an Origin
 * among the headers where the option is set)
 */
export function encodeRequest(options: RequestOptions): Uint8Array {
  const { host, target, key, protocols = [], extensions = [], origin, headers = [] } = options;
  if (typeof host !== "string" || parseAuthority(host) === undefined) throw wrong("ERR_ARGUMENT_HOST");
  // The target of a request has no fragment: "Fragment identifiers are meaningless in the context of WebSocket URIs and
  // MUST NOT be used on these URIs." (RFC 6455 §3)
  if (typeof target !== "string" || !/^\/[\x21\x22\x24-\x7e]*$/.test(target)) throw wrong("ERR_ARGUMENT_TARGET");
  if (typeof key !== "string" || !isKey(key)) throw wrong("ERR_ARGUMENT_KEY");
  const fields: Field[] = [
    ["Host", host],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ["Sec-WebSocket-Version", "13"],
  ];
  if (origin !== undefined) {
    checkField("Origin", origin);
    fields.push(["Origin", origin]);
  }
  if (protocols.length > 0) fields.push(["Sec-WebSocket-Protocol", formatSubprotocols(protocols)]);
  if (extensions.length > 0) fields.push(["Sec-WebSocket-Extensions", formatExtensions(extensions)]);
  checkFields(headers, (name) => isReserved(name) || (name === "origin" && origin !== undefined));
  fields.push(...headers);
  return encodeLatin1(joinHead(`GET ${target} HTTP/1.1`, fields));
}

function wrong(code: ArgumentCode): LocalError {
  return new LocalError(code, HANDSHAKE_CODES[code].message);
}
