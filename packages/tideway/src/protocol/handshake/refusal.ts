/**
 * Every code of the opening handshake, in one table. A docs table is checked against it, so a code is added here first.
 *
 * - `fault` says who is to blame and which error class fits: "peer" (PeerError), "limit" (LimitError), "local"
 *   (LocalError, thrown at the caller).
 * - `status` is the HTTP status a server answers. `null` where nobody is answered: a client that gives up, a local error.
 * - `message` is for people. It never repeats bytes of the peer, so that it may go on the wire and into a log as it is.
 */

/** The table: stable code to fault, status and default message. */
export const HANDSHAKE_CODES = {
  // The head itself: HTTP/1.1 syntax (RFC 9112) and its limits.
  ERR_REQUEST_LINE: { fault: "peer", status: 400, message: "the request line is malformed" },
  ERR_METHOD_LENGTH: { fault: "limit", status: 501, message: "the method is longer than any known one" },
  ERR_TARGET_LENGTH: { fault: "limit", status: 414, message: "the request target is too long" },
  ERR_STATUS_LINE: { fault: "peer", status: 400, message: "the status line is malformed" },
  ERR_LINE_END: { fault: "peer", status: 400, message: "a line does not end in CR LF" },
  ERR_OBS_FOLD: { fault: "peer", status: 400, message: "a header line is folded" },
  ERR_HEADER_NAME: { fault: "peer", status: 400, message: "a header name is malformed" },
  ERR_HEADER_VALUE: { fault: "peer", status: 400, message: "a header value holds a control byte" },
  ERR_HEADER_LINES: { fault: "limit", status: 431, message: "too many header lines" },
  ERR_HEAD_LENGTH: { fault: "limit", status: 431, message: "the head is too large" },

  // The request, seen by a server (RFC 6455 §4.2.1).
  ERR_HTTP_VERSION: { fault: "peer", status: 400, message: "the HTTP version must be 1.1" },
  ERR_HTTP_VERSION_OLD: { fault: "peer", status: 426, message: "HTTP/1.0 cannot be upgraded, HTTP/1.1 is required" },
  ERR_METHOD: { fault: "peer", status: 405, message: "the method must be GET" },
  ERR_HOST: { fault: "peer", status: 400, message: "exactly one valid Host header is required" },
  ERR_HOST_NOT_ALLOWED: { fault: "peer", status: 403, message: "this Host is not served here" },
  ERR_TARGET: { fault: "peer", status: 400, message: "the request target must be a path" },
  ERR_BODY: { fault: "peer", status: 400, message: "an upgrade request must not have a body" },
  ERR_EXPECT: { fault: "peer", status: 417, message: "only the expectation 100-continue is known" },
  ERR_UPGRADE: { fault: "peer", status: 426, message: "an Upgrade header with websocket is required" },
  ERR_CONNECTION: { fault: "peer", status: 426, message: "a Connection header with Upgrade is required" },
  ERR_VERSION: { fault: "peer", status: 426, message: "Sec-WebSocket-Version must be 13" },
  ERR_VERSION_DUPLICATE: { fault: "peer", status: 400, message: "more than one Sec-WebSocket-Version" },
  ERR_KEY: { fault: "peer", status: 400, message: "Sec-WebSocket-Key must be the base64 form of 16 bytes" },
  ERR_KEY_DUPLICATE: { fault: "peer", status: 400, message: "more than one Sec-WebSocket-Key" },
  ERR_SUBPROTOCOL: { fault: "peer", status: 400, message: "Sec-WebSocket-Protocol must be a list of different tokens" },
  ERR_SUBPROTOCOL_LIMIT: { fault: "limit", status: 400, message: "too many or too long subprotocol names" },
  ERR_EXTENSIONS: { fault: "peer", status: 400, message: "Sec-WebSocket-Extensions is malformed" },
  ERR_ORIGIN_DUPLICATE: { fault: "peer", status: 400, message: "more than one Origin header" },
  ERR_ORIGIN_MISSING: { fault: "peer", status: 403, message: "an Origin header is required" },
  ERR_ORIGIN_NULL: { fault: "peer", status: 403, message: "the Origin null is never accepted" },
  ERR_ORIGIN_MALFORMED: { fault: "peer", status: 403, message: "the Origin header is not an origin" },
  ERR_ORIGIN_SCHEME: { fault: "peer", status: 403, message: "the Origin differs from this server in its scheme" },
  ERR_ORIGIN: { fault: "peer", status: 403, message: "this Origin is not allowed" },

  // The response, seen by a client (RFC 6455 §4.1). The client fails the connection and answers nothing.
  ERR_RESPONSE_VERSION: { fault: "peer", status: null, message: "the response is not HTTP/1.1" },
  ERR_RESPONSE_STATUS: { fault: "peer", status: null, message: "the server did not answer 101" },
  ERR_RESPONSE_UPGRADE: { fault: "peer", status: null, message: "the response needs exactly one Upgrade: websocket" },
  ERR_RESPONSE_CONNECTION: { fault: "peer", status: null, message: "the response lacks Connection: Upgrade" },
  ERR_RESPONSE_ACCEPT: { fault: "peer", status: null, message: "Sec-WebSocket-Accept does not answer the key" },
  ERR_RESPONSE_EXTENSIONS: { fault: "peer", status: null, message: "Sec-WebSocket-Extensions is malformed" },
  ERR_RESPONSE_EXTENSION: {
    fault: "peer",
    status: null,
    message: "the server chose an extension that was not offered",
  },
  ERR_RESPONSE_PROTOCOL: {
    fault: "peer",
    status: null,
    message: "the server chose a subprotocol that was not offered",
  },
  ERR_RESPONSE_PROTOCOL_MISSING: { fault: "peer", status: null, message: "the server chose none of the subprotocols" },

  // Wrong calls of this layer: thrown as LocalError before any byte is produced.
  ERR_ARGUMENT_HEADER_NAME: { fault: "local", status: null, message: "a header name must be a token" },
  ERR_ARGUMENT_HEADER_VALUE: {
    fault: "local",
    status: null,
    message: "a header value must not hold control characters",
  },
  ERR_ARGUMENT_HEADER_RESERVED: { fault: "local", status: null, message: "this header belongs to the handshake" },
  ERR_ARGUMENT_RAW_HEADERS: {
    fault: "local",
    status: null,
    message: "a raw header list must be name, value, name, value",
  },
  ERR_ARGUMENT_STATUS: { fault: "local", status: null, message: "a refusal needs a status from 200 to 599" },
  ERR_ARGUMENT_BODY: { fault: "local", status: null, message: "a response with this status has no body" },
  ERR_ARGUMENT_KEY: { fault: "local", status: null, message: "a key is made of exactly 16 bytes" },
  ERR_ARGUMENT_SHA1: { fault: "local", status: null, message: "SHA-1 must give 20 bytes" },
  ERR_ARGUMENT_SUBPROTOCOL: { fault: "local", status: null, message: "subprotocols must be different tokens" },
  ERR_ARGUMENT_SELECTION: { fault: "local", status: null, message: "the chosen subprotocol was not offered" },
  ERR_ARGUMENT_EXTENSION: {
    fault: "local",
    status: null,
    message: "extension names, parameters and values must be tokens",
  },
  ERR_ARGUMENT_HOST: {
    fault: "local",
    status: null,
    message: "a host must be a host name or address, with an optional port",
  },
  ERR_ARGUMENT_TARGET: {
    fault: "local",
    status: null,
    message: "a request target must be an ASCII path without a fragment",
  },
  ERR_ARGUMENT_ORIGINS: { fault: "local", status: null, message: "origins are malformed" },
  ERR_ARGUMENT_LIMIT: { fault: "local", status: null, message: "a limit must be a positive safe integer or Infinity" },
  ERR_HEAD_COMPLETE: { fault: "local", status: null, message: "the head is complete, its parser takes no more bytes" },
} as const;

/** Any code of the handshake. */
export type HandshakeCode = keyof typeof HANDSHAKE_CODES;

/** The codes that a server answers with a status. */
export type RefusalCode = {
  [Code in HandshakeCode]: (typeof HANDSHAKE_CODES)[Code]["status"] extends number ? Code : never;
}[HandshakeCode];

/** The codes of wrong calls: the `code` of a LocalError thrown here. */
export type ArgumentCode = {
  [Code in HandshakeCode]: (typeof HANDSHAKE_CODES)[Code]["fault"] extends "local" ? Code : never;
}[HandshakeCode];

/** The codes that end the handshake of a client. */
export type ResponseCode = Exclude<HandshakeCode, RefusalCode | ArgumentCode>;

/** A header line to be written: name, value. */
export type Field = readonly [name: string, value: string];

/** Why a request is refused, and with what. `encodeRefusal` takes it as it is. */
export interface Refusal {
  /** HTTP status to answer, 400 to 599. */
  readonly status: number;
  /** Stable code from HANDSHAKE_CODES. */
  readonly code: RefusalCode;
  /** For people: goes into the body and the log. Never holds bytes of the peer. */
  readonly message: string;
  /** Header lines the status demands, such as Allow. `Connection: close` is added by encodeRefusal. */
  readonly headers: readonly Field[];
}

// "The origin server MUST generate an Allow header field in a 405 response" (RFC 9110 §15.5.6) and "MUST send an Upgrade
// header field in a 426 response" (§15.5.22). A wrong version is answered with the one we speak (RFC 6455 §4.4).
const ALLOW: readonly Field[] = [["Allow", "GET"]];
const UPGRADE: readonly Field[] = [["Upgrade", "websocket"]];
const UPGRADE_AND_VERSION: readonly Field[] = [...UPGRADE, ["Sec-WebSocket-Version", "13"]];
const NONE: readonly Field[] = [];

/**
 * Builds the refusal of a code, with the header lines its status demands.
 * @param code one of the codes that have a status
 * @returns the refusal; never throws
 */
export function refuse(code: RefusalCode): Refusal {
  const { status, message } = HANDSHAKE_CODES[code];
  let headers = NONE;
  if (status === 405) headers = ALLOW;
  else if (code === "ERR_VERSION") headers = UPGRADE_AND_VERSION;
  else if (status === 426) headers = UPGRADE;
  return { status, code, message, headers };
}
