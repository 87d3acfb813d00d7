/** What a server answers to an opening handshake: 101 (RFC 6455 §4.2.2, item 5), or a refusal. */
import { LocalError } from "../error.js";
import { type ExtensionOffer, formatExtensions } from "./extension-header.js";
import { checkField, checkFields, joinHead } from "./field.js";
import { encodeLatin1 } from "./latin1.js";
import { type Field, HANDSHAKE_CODES } from "./refusal.js";
import { isToken } from "./token.js";

/** What goes into a 101. */
export interface AcceptOptions {
  /** From acceptKey. */
  readonly accept: string;
  /** The chosen subprotocol; checkSelection holds it against the offer. Default: none. */
  readonly protocol?: string | undefined;
  /** The agreed extensions. Default: none. */
  readonly extensions?: readonly ExtensionOffer[] | undefined;
  /** Header lines of the application, such as Set-Cookie. */
  readonly headers?: readonly Field[] | undefined;
}

/** What goes into a refusal. A Refusal is one as it is. */
export interface RefusalOptions {
  /** 200 to 599. 101 is not a refusal, and other interim answers do not end anything. */
  readonly status: number;
  /** The body as text. Default: the reason phrase of the status. */
  readonly message?: string | undefined;
  /** The body, instead of `message`; a string is written as UTF-8. */
  readonly body?: string | Uint8Array | undefined;
  /** Header lines, such as Allow, Retry-After, Content-Type (default `text/plain; charset=utf-8`), Date. */
  readonly headers?: readonly Field[] | undefined;
  /** True if the request was HEAD: the head is written as if there was a body (RFC 9110 §9.3.2). Default false. */
  readonly headOnly?: boolean | undefined;
}

/** Reason phrases (RFC 9110 §15, RFC 6585). They are for people; any other status has an empty one. */
const REASONS = new Map<number, string>([
  [200, "OK"],
  [204, "No Content"],
  [301, "Moved Permanently"],
  [302, "Found"],
  [303, "See Other"],
  [304, "Not Modified"],
  [307, "Temporary Redirect"],
  [308, "Permanent Redirect"],
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [402, "Payment Required"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [406, "Not Acceptable"],
  [407, "Proxy Authentication Required"],
  [408, "Request Timeout"],
  [409, "Conflict"],
  [410, "Gone"],
  [411, "Length Required"],
  [412, "Precondition Failed"],
  [413, "Content Too Large"],
  [414, "URI Too Long"],
  [415, "Unsupported Media Type"],
  [417, "Expectation Failed"],
  [421, "Misdirected Request"],
  [422, "Unprocessable Content"],
  [425, "Too Early"],
  [426, "Upgrade Required"],
  [428, "Precondition Required"],
  [429, "Too Many Requests"],
  [431, "Request Header Fields Too Large"],
  [451, "Unavailable For Legal Reasons"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
  [505, "HTTP Version Not Supported"],
  [511, "Network Authentication Required"],
]);

/** Names that the 101 writes itself, and those that would give it a body, which it cannot have (RFC 9110 §8.6). */
function isReservedInAccept(name: string): boolean {
  return (
    name === "upgrade" ||
    name === "connection" ||
    name === "content-length" ||
    name === "transfer-encoding" ||
    name.startsWith("sec-websocket-")
  );
}

/** Names that a refusal writes itself, and those that belong to a 101. The version is allowed: it goes with a 426. */
function isReservedInRefusal(name: string): boolean {
  if (name === "upgrade" || name === "sec-websocket-version") return false;
  return isReservedInAccept(name);
}

/**
 * Writes the head of a 101 (RFC 6455 §4.2.2, item 5).
 * @param options see AcceptOptions
 * @returns the bytes; what follows them are frames
 * @throws LocalError before anything is written: ERR_ARGUMENT_HEADER_NAME, _VALUE, _RESERVED; ERR_ARGUMENT_EXTENSION;
 * ERR_ARGUMENT_SUBPROTOCOL if the chosen one is no token
 */
export function encodeAccept(options: AcceptOptions): Uint8Array {
  const { accept, protocol, extensions = [], headers = [] } = options;
  const fields: Field[] = [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", accept],
  ];
  checkField("Sec-WebSocket-Accept", accept);
  if (protocol !== undefined) {
    if (!isToken(protocol)) {
      throw new LocalError("ERR_ARGUMENT_SUBPROTOCOL", HANDSHAKE_CODES.ERR_ARGUMENT_SUBPROTOCOL.message);
    }
    fields.push(["Sec-WebSocket-Protocol", protocol]);
  }
  if (extensions.length > 0) fields.push(["Sec-WebSocket-Extensions", formatExtensions(extensions)]);
  checkFields(headers, isReservedInAccept);
  fields.push(...headers);
  return encodeLatin1(joinHead("HTTP/1.1 101 Switching Protocols", fields));
}

/**
 * Writes a refusal with its body. It always ends the connection: behind a proxy that believed in the upgrade, a
 * connection that lives on would carry a second request nobody checked.
 *
 * Date is left to the caller, for there is no clock here (RFC 9110 §6.6.1 wants it from a server with a clock).
 * @param options see RefusalOptions
 * @returns the bytes; after them the connection is closed
 * @throws LocalError before anything is written: ERR_ARGUMENT_STATUS; ERR_ARGUMENT_BODY for a body with 204, 205 or
 * 304; ERR_ARGUMENT_HEADER_NAME, _VALUE, _RESERVED
 */
export function encodeRefusal(options: RefusalOptions): Uint8Array {
  const { status, headers = [] } = options;
  if (!Number.isInteger(status) || status < 200 || status > 599) throw wrong("ERR_ARGUMENT_STATUS");
  checkFields(headers, isReservedInRefusal);
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const body = encodeBody(options);
  // "A sender of Upgrade MUST also send an "Upgrade" connection option" (RFC 9110 §7.8)
  const fields: Field[] = [...headers, ["Connection", names.has("upgrade") ? "close, Upgrade" : "close"]];
  // A 204 must not have one, and that of a 304 would be the length of another answer (RFC 9110 §8.6).
  if (status !== 204 && status !== 304) fields.push(["Content-Length", String(body.length)]);
  if (body.length > 0 && !names.has("content-type")) fields.push(["Content-Type", "text/plain; charset=utf-8"]);
  const head = encodeLatin1(joinHead(`HTTP/1.1 ${status} ${REASONS.get(status) ?? ""}`, fields));
  if (options.headOnly) return head;
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

function encodeBody({ status, message, body }: RefusalOptions): Uint8Array {
  const bodyless = status === 204 || status === 205 || status === 304;
  const content = body ?? message ?? (bodyless ? "" : (REASONS.get(status) ?? ""));
  if (bodyless && content.length > 0) throw wrong("ERR_ARGUMENT_BODY");
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

function wrong(code: "ERR_ARGUMENT_STATUS" | "ERR_ARGUMENT_BODY"): LocalError {
  return new LocalError(code, HANDSHAKE_CODES[code].message);
}
