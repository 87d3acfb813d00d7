/**
 * The server's part of the opening handshake: does a request ask for a WebSocket, and may it have one?
 * (RFC 6455 §4.2.1, RFC 9110 §7.8, RFC 9112 §3)
 *
 * Nothing is taken for granted of whoever parsed the head: node:http lets other methods, versions, targets, several
 * Hosts and bodies through to its `upgrade` event, so all of it is checked here, for both parsers alike.
 *
 * The order is fixed, and each check relies on those before it. First what the bytes may cost, then whether they are
 * HTTP/1.1 for us at all, then whether they ask for a WebSocket of our version, then the offer, and last whether this
 * page may have it:
 *
 *  1. header lines, target length       431, 414
 *  2. HTTP version, method, names       400 or 426, 405, 400
 *  3. Host, allowed hosts               400, 403
 *  4. target                            400
 *  5. body, Expect                      400, 417
 *  6. Upgrade, Connection               426
 *  7. Sec-WebSocket-Version             400 or 426
 *  8. Sec-WebSocket-Key                 400
 *  9. subprotocols, extensions          400
 * 10. Origin                            400 or 403
 *
 * Which paths exist is not decided here.
 */
import { isKey } from "./accept-key.js";
import type { AllowedHosts } from "./allowed-host.js";
import { type Authority, parseAuthority } from "./authority.js";
import { type ExtensionOffer, parseExtensions } from "./extension-header.js";
import type { RequestHead } from "./head.js";
import type { HeaderList } from "./header-list.js";
import { type HeadLimits, SERVER_HEAD_LIMITS } from "./limit.js";
import type { OriginPolicy } from "./origin.js";
import { type Refusal, type RefusalCode, refuse } from "./refusal.js";
import { parseSubprotocols } from "./subprotocol.js";
import { asciiLower, listHasToken } from "./token.js";

/** What a request is held against. */
export interface UpgradePolicy {
  readonly origins: OriginPolicy;
  /** True if the request came over TLS, or through a proxy that is trusted to say so. */
  readonly secure: boolean;
  /** Names this server answers to. Default: any. */
  readonly hosts?: AllowedHosts | undefined;
  /** From headLimits; the bytes of the head are the parser's business. Default SERVER_HEAD_LIMITS. */
  readonly limits?: HeadLimits | undefined;
}

/** What a client offers, over HTTP/1.1 and HTTP/2 alike. */
export interface Offer {
  readonly ok: true;
  /** Subprotocols in the order of the client's preference; empty if it offers none. */
  readonly protocols: readonly string[];
  /** Extension offers in the order of the client's preference; at most 8. */
  readonly extensions: readonly ExtensionOffer[];
  /** The Origin header; undefined if there is none. Unchecked text if the policy is "any". */
  readonly origin: string | undefined;
}

/** A request that may be answered with 101. */
export interface UpgradeRequest extends Offer {
  /** The value of Sec-WebSocket-Key, for acceptKey. */
  readonly key: string;
  /** The Host header, as it was sent. */
  readonly host: string;
  /** The Host header, read. */
  readonly authority: Authority;
  /** The whole target, as it was sent. */
  readonly target: string;
  /** The target up to "?", not decoded. Starts with "/", and is a path even if it starts with "//". */
  readonly path: string;
  /** The target behind "?", not decoded; undefined if there is no "?". */
  readonly query: string | undefined;
}

/** A request that is to be answered with encodeRefusal, after which the connection ends. */
export interface RefusedRequest {
  readonly ok: false;
  readonly refusal: Refusal;
}

/** Either of them. */
export type UpgradeResult = UpgradeRequest | RefusedRequest;

/**
 * Checks the head of a request over HTTP/1.1. Never throws, whatever the head holds.
 * @param head from HeadParser, or from node:http as `{ method, target: url, version: httpVersion, headers:
 * HeaderList.fromRaw(rawHeaders) }`
 * @param policy what it is held against
 */
export function checkUpgradeRequest(head: RequestHead, policy: UpgradePolicy): UpgradeResult {
  const { headers, target } = head;
  const code = checkCost(head, policy) ?? checkRequestLine(head) ?? checkNames(headers);
  if (code !== undefined) return refused(code);
  const host = checkHost(headers, policy.hosts);
  if (typeof host === "string") return refused(host);
  const failed = checkTarget(target) ?? checkContent(headers) ?? checkUpgrade(headers);
  const wrong = failed ?? checkVersion(headers) ?? checkKey(headers);
  if (wrong !== undefined) return refused(wrong);
  const offer = checkOffer(headers, host, policy);
  if (!offer.ok) return offer;
  const mark = target.indexOf("?");
  const { protocols, extensions, origin } = offer;
  // Written out: with `...offer` V8 makes a hidden class for each request, a kilobyte that only a full collection frees.
  return {
    ok: true,
    protocols,
    extensions,
    origin,
    key: headers.get("sec-websocket-key")!,
    host: headers.get("host")!,
    authority: host,
    target,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? undefined : target.slice(mark + 1),
  };
}

/**
 * The checks of steps 9 and 10, which an extended CONNECT of HTTP/2 needs as well (RFC 8441 §5). Never throws.
 * @param headers the header lines
 * @param host the Host header, or `:authority`, from parseAuthority
 * @param policy what they are held against
 */
export function checkOffer(headers: HeaderList, host: Authority, policy: UpgradePolicy): Offer | RefusedRequest {
  const protocols = parseSubprotocols(headers.all("sec-websocket-protocol"));
  if (!protocols.ok) return refused(protocols.code);
  const extensions = parseExtensions(headers.all("sec-websocket-extensions"));
  if (!extensions.ok) return refused(extensions.code);
  const [origin, ...more] = headers.all("origin");
  if (more.length > 0) return refused("ERR_ORIGIN_DUPLICATE");
  // "The server MAY use this information as part of a determination of whether to accept" (RFC 6455 §4.2.2, item 4)
  const foreign = policy.origins.check(origin, { secure: policy.secure, host });
  if (foreign !== undefined) return refused(foreign);
  return { ok: true, protocols: protocols.protocols, extensions: extensions.extensions, origin };
}

function refused(code: RefusalCode): RefusedRequest {
  return { ok: false, refusal: refuse(code) };
}

/** Lines are counted, not names: node:http joins or drops what is repeated, but it has cost its memory. */
function checkCost({ headers, target }: RequestHead, policy: UpgradePolicy): RefusalCode | undefined {
  const { limits = SERVER_HEAD_LIMITS } = policy;
  if (headers.lines > limits.maxHeaderLines) return "ERR_HEADER_LINES";
  return target.length > limits.maxTargetBytes ? "ERR_TARGET_LENGTH" : undefined;
}

/**
 * "A server MUST reject, with a response status code of 400 (Bad Request), any received request message that contains
 * whitespace between a header field name and colon." (RFC 9112 §5.1) Our parser does, the node:http of Node 20.19 does not.
 */
function checkNames(headers: HeaderList): RefusalCode | undefined {
  return headers.wellNamed ? undefined : "ERR_HEADER_NAME";
}

/** "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1." (RFC 6455 §4.1, item 2) */
function checkRequestLine({ version, method }: RequestHead): RefusalCode | undefined {
  // "A server MUST ignore an Upgrade header field that is received in an HTTP/1.0 request." (RFC 9110 §7.8)
  if (version === "1.0") return "ERR_HTTP_VERSION_OLD";
  // Narrower than "at least 1.1": there is no 1.2, and 2 and 3 have other syntaxes.
  if (version !== "1.1") return "ERR_HTTP_VERSION";
  return method === "GET" ? undefined : "ERR_METHOD";
}

/**
 * "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host header
 * field and to any request message that contains more than one Host header field line or a Host header field with an
 * invalid field value." (RFC 9112 §3.2)
 */
function checkHost(headers: HeaderList, hosts: AllowedHosts | undefined): Authority | RefusalCode {
  const [value, ...more] = headers.all("host");
  if (value === undefined || more.length > 0) return "ERR_HOST";
  const host = parseAuthority(value);
  if (host === undefined) return "ERR_HOST";
  return hosts === undefined || hosts.has(host) ? host : "ERR_HOST_NOT_ALLOWED";
}

/**
 * origin-form only: absolute-path [ "?" query ] (RFC 9112 §3.2.1). Narrower than §3.2.2, which has servers accept the
 * absolute form: its authority would replace the Host, and no WebSocket client sends it to a server.
 */
function checkTarget(target: string): RefusalCode | undefined {
  return /^\/[\x21\x22\x24-\x7e]*$/.test(target) ? undefined : "ERR_TARGET";
}

/**
 * A body would be read as frames by one and as a body by another, so there must be none: no Transfer-Encoding, and no
 * Content-Length but a single plain 0.
 */
function checkContent(headers: HeaderList): RefusalCode | undefined {
  const lengths = headers.all("content-length");
  if (headers.count("transfer-encoding") > 0 || lengths.length > 1 || (lengths[0] ?? "0") !== "0") return "ERR_BODY";
  // "A server that receives an Expect field value containing a member other than 100-continue MAY respond with a 417"
  // (RFC 9110 §10.1.1). 100-continue itself is passed over: there is no body that one could wait for.
  const expectations = headers.all("expect").map(asciiLower);
  return expectations.every((value) => value === "100-continue") ? undefined : "ERR_EXPECT";
}

/** "An |Upgrade| header field containing the value "websocket", treated as an ASCII case-insensitive value" and "A
 *  |Connection| header field that includes the token "Upgrade"" (RFC 6455 §4.2.1, items 3 and 4). Both are lists. */
function checkUpgrade(headers: HeaderList): RefusalCode | undefined {
  if (!listHasToken(headers.all("upgrade"), "websocket")) return "ERR_UPGRADE";
  return listHasToken(headers.all("connection"), "upgrade") ? undefined : "ERR_CONNECTION";
}

/**
 * The check of step 7, which HTTP/2 needs as well (RFC 8441 §5). The version is a text, never a number: 013 and 13.0
 * are other versions.
 * @returns undefined if it is ours, else the code of the refusal
 */
export function checkVersion(headers: HeaderList): RefusalCode | undefined {
  const [version, ...more] = headers.all("sec-websocket-version");
  // "MUST NOT appear more than once in an HTTP request" (RFC 6455 §11.3.5); joined by whoever is in front, it has a comma
  if (more.length > 0 || version?.includes(",")) return "ERR_VERSION_DUPLICATE";
  // "If this version does not match a version understood by the server, the server MUST abort the WebSocket handshake
  // […] and instead send an appropriate HTTP error code (such as 426 Upgrade Required)" (RFC 6455 §4.2.2, item 4)
  return version === "13" ? undefined : "ERR_VERSION";
}

function checkKey(headers: HeaderList): RefusalCode | undefined {
  const [key = "", ...more] = headers.all("sec-websocket-key");
  // "MUST NOT appear more than once in an HTTP request" (RFC 6455 §11.3.1)
  if (more.length > 0) return "ERR_KEY_DUPLICATE";
  return isKey(key) ? undefined : "ERR_KEY";
}
