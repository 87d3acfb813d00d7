import { PeerError } from "../../protocol/error.js";
import type { HeaderList } from "../../protocol/handshake/header-list.js";

/** The server answered, but not with a correct 101: what it said. */
export class HandshakeError extends PeerError {
  override readonly name: string = "HandshakeError";
  /** The HTTP status, also if it is 101. */
  readonly status: number;
  /** The header lines of the answer. */
  readonly headers: HeaderList;
  /** The beginning of the body as text, at most 64 KiB of it; "" if the status is 101. */
  readonly body: string;

  /**
   * @param code from HANDSHAKE_CODES, such as ERR_RESPONSE_STATUS
   * @param answer what the server said
   */
  constructor(
    code: string,
    message: string,
    answer: { readonly status: number; readonly headers: HeaderList; readonly body: string },
  ) {
    super(code, 1002, message);
    this.status = answer.status;
    this.headers = answer.headers;
    this.body = answer.body;
  }
}

/** What a status means to somebody who wanted a WebSocket. */
const HINTS = new Map<number, string>([
  [200, "200 OK: this path answers plain HTTP requests and is no WebSocket endpoint"],
  [400, "400 Bad Request: it did not take the request for a WebSocket handshake"],
  [401, "401 Unauthorized: credentials are missing or wrong"],
  [403, "403 Forbidden: often the Origin or the user is not allowed"],
  [404, "404 Not Found: there is nothing at this path"],
  [405, "405 Method Not Allowed: this path is no WebSocket endpoint"],
  [407, "407 Proxy Authentication Required: a proxy on the way wants credentials"],
  [408, "408 Request Timeout: the handshake took it too long"],
  [421, "421 Misdirected Request: it does not serve this host"],
  [
    426,
    "426 Upgrade Required: it wants another protocol or version, or something on the way removed the Upgrade header",
  ],
  [429, "429 Too Many Requests: it allows no more for now"],
  [500, "500 Internal Server Error"],
  [501, "501 Not Implemented: it knows no WebSocket"],
  [502, "502 Bad Gateway: a proxy on the way has no connection to the server behind it"],
  [503, "503 Service Unavailable: it is overloaded, starting or stopping"],
  [504, "504 Gateway Timeout: the server behind a proxy did not answer"],
]);

/**
 * Says what a status other than 101 means.
 * @param location the Location header, shown for a redirect: redirects are not followed
 */
export function explainStatus(status: number, location: string | undefined): string {
  if (status >= 300 && status < 400 && location !== undefined) {
    return `the server answered ${status}: it redirects to ${JSON.stringify(cut(location))}, and redirects are not followed`;
  }
  return `the server answered ${HINTS.get(status) ?? String(status)}`;
}

/** A header value as it may stand in a message. */
function cut(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, "?");
  return printable.length > 200 ? `${printable.slice(0, 200)}…` : printable;
}
