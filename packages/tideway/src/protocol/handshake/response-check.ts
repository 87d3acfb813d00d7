/**
 * The client's check of the answer (RFC 6455 §4.1, "the client MUST validate the server's response as follows").
 * Whatever fails here, not one byte behind the head is read as a frame.
 */
import { type ExtensionOffer, parseExtensions } from "./extension-header.js";
import type { ResponseHead } from "./head.js";
import type { HeaderList } from "./header-list.js";
import { HANDSHAKE_CODES, type ResponseCode } from "./refusal.js";
import { asciiLower, listHasToken } from "./token.js";

/** What the client sent, or derived from it. */
export interface ResponseExpectation {
  /** acceptKey of the key that was sent. */
  readonly accept: string;
  /** The subprotocols that were offered. Default: none. */
  readonly protocols?: readonly string[] | undefined;
  /** The names of the extensions that were offered. Default: none. */
  readonly extensions?: readonly string[] | undefined;
  /**
   * Fail if subprotocols were offered and none was chosen. Default true, as browsers do (WHATWG WebSockets, "establish a WebSocket connection");
   * RFC 6455 alone lets such a connection open.
   */
  readonly requireProtocol?: boolean | undefined;
}

/** An answer that opens the connection. */
export interface AcceptedResponse {
  readonly ok: true;
  /** The subprotocol in use; undefined if there is none. */
  readonly protocol: string | undefined;
  /** The extensions in use. Their parameters are still to be judged by whoever implements them. */
  readonly extensions: readonly ExtensionOffer[];
}

/** Why the connection is failed. Goes into a PeerError, whose close code is 1002 for want of a connection to close. */
export interface ResponseFailure {
  /** Stable code from HANDSHAKE_CODES. */
  readonly code: ResponseCode;
  /** For people. Never holds bytes of the peer. */
  readonly message: string;
  /** The status of the server, if it was not 101; else undefined. */
  readonly status: number | undefined;
}

/** Either of them. */
export type ResponseResult = AcceptedResponse | { readonly ok: false; readonly failure: ResponseFailure };

/**
 * Checks the head of a response. Never throws, whatever the head holds.
 * @param head from HeadParser of kind "response"
 * @param expectation what was sent
 */
export function checkUpgradeResponse(head: ResponseHead, expectation: ResponseExpectation): ResponseResult {
  const { headers } = head;
  if (head.version !== "1.1") return failed("ERR_RESPONSE_VERSION", head);
  // "If the status code received from the server is not 101, the client handles the response per HTTP procedures."
  // (item 1) That is the caller's part; interim answers such as 100 and 103 are no upgrade either, see `isInterim`.
  if (head.status !== 101) return failed("ERR_RESPONSE_STATUS", head);
  const code = checkSwitch(headers, expectation.accept);
  if (code !== undefined) return failed(code, head);
  const extensions = checkExtensions(headers, expectation.extensions ?? []);
  if (typeof extensions === "string") return failed(extensions, head);
  const protocol = checkProtocol(headers, expectation);
  if (!protocol.ok) return failed(protocol.code, head);
  return { ok: true, protocol: protocol.name, extensions };
}

/**
 * Whether an answer only comes before another one, such as 100 and 103, which a client has to expect at any time (RFC 9110 §15.2). 101 is
 * final for a WebSocket: what follows it is not HTTP.
 */
export function isInterim({ status, version }: ResponseHead): boolean {
  return version === "1.1" && status >= 100 && status < 200 && status !== 101;
}

function failed(code: ResponseCode, { status }: ResponseHead): ResponseResult {
  const { message } = HANDSHAKE_CODES[code];
  if (status === 101) return { ok: false, failure: { code, message, status: undefined } };
  return { ok: false, failure: { code, message: `${message} but ${status}`, status } };
}

function checkSwitch(headers: HeaderList, accept: string): ResponseCode | undefined {
  // "contains a value that is not an ASCII case-insensitive match for the value "websocket"" (item 2): no list here
  const upgrades = headers.all("upgrade");
  if (upgrades.length !== 1 || asciiLower(upgrades[0]!) !== "websocket") return "ERR_RESPONSE_UPGRADE";
  // "doesn't contain a token that is an ASCII case-insensitive match for the value "Upgrade"" (item 3)
  if (!listHasToken(headers.all("connection"), "upgrade")) return "ERR_RESPONSE_CONNECTION";
  // "contains a value other than the base64-encoded SHA-1 […] but ignoring any leading and trailing whitespace" (item 4);
  // "MUST NOT appear more than once in an HTTP response" (§11.3.3)
  const accepts = headers.all("sec-websocket-accept");
  return accepts.length === 1 && accepts[0] === accept ? undefined : "ERR_RESPONSE_ACCEPT";
}

/** "indicates the use of an extension that was not present in the client's handshake" (item 5) fails the connection. */
function checkExtensions(headers: HeaderList, offered: readonly string[]): readonly ExtensionOffer[] | ResponseCode {
  const values = headers.all("sec-websocket-extensions");
  // "MUST NOT appear more than once in an HTTP response" (§11.3.2)
  if (values.length > 1) return "ERR_RESPONSE_EXTENSIONS";
  const result = parseExtensions(values);
  // What a server may ignore in an offer is in force in an answer, so none of it may be left out.
  if (!result.ok || result.ignored > 0) return "ERR_RESPONSE_EXTENSIONS";
  const known = result.extensions.every(({ name }) => offered.includes(name));
  return known ? result.extensions : "ERR_RESPONSE_EXTENSION";
}

type ProtocolChoice =
  | { readonly ok: true; readonly name: string | undefined }
  | { readonly ok: false; readonly code: ResponseCode };

/** "indicates the use of a subprotocol that was not present in the client's handshake" (item 6) fails the connection. */
function checkProtocol(headers: HeaderList, expectation: ResponseExpectation): ProtocolChoice {
  const { protocols = [], requireProtocol = true } = expectation;
  const [name, ...more] = headers.all("sec-websocket-protocol");
  if (name === undefined) {
    const missing = protocols.length > 0 && requireProtocol;
    return missing ? { ok: false, code: "ERR_RESPONSE_PROTOCOL_MISSING" } : { ok: true, name };
  }
  // "MUST NOT appear more than once in an HTTP response" (§11.3.4); a list of two is no offered name
  return more.length === 0 && protocols.includes(name)
    ? { ok: true, name }
    : { ok: false, code: "ERR_RESPONSE_PROTOCOL" };
}
