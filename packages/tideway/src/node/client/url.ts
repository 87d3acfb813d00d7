import { isIP } from "node:net";

/** Where a connection goes, as its URL says. */
export interface Destination {
  /** With the scheme ws: or wss:, as `WebSocket.url` shows it. */
  readonly url: URL;
  /** wss: TLS. */
  readonly secure: boolean;
  /** Name or address to connect to; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name for TLS server name indication; undefined for an address, which has none (RFC 6066 §3). */
  readonly servername: string | undefined;
  /** The Host header: with the port if it is not the default one. */
  readonly hostHeader: string;
  /** The request target: path and query, percent-encoded. */
  readonly target: string;
  /** The Authorization header that userinfo in the URL stands for; undefined without userinfo. */
  readonly authorization: string | undefined;
}

/**
 * Reads the URL of a WebSocket as the constructor of the standard does (WHATWG WebSockets, "WebSocket(url, protocols)"): http and
 * https are taken as ws and wss. There is no base URL in a program, so a relative one is an error.
 * @param url absolute, of one of the four schemes, without a fragment, not even an empty one
 * @throws DOMException SyntaxError for anything else
 */
export function parseUrl(url: string | URL): Destination {
  const parsed = tryParse(url);
  if (parsed.protocol === "http:") parsed.protocol = "ws:";
  if (parsed.protocol === "https:") parsed.protocol = "wss:";
  const secure = parsed.protocol === "wss:";
  if (!secure && parsed.protocol !== "ws:") {
    throw syntaxError(`the scheme of a WebSocket URL is ws, wss, http or https, not ${parsed.protocol.slice(0, -1)}`);
  }
  // RFC 6455 §3: "Fragment identifiers are meaningless in the context of WebSocket URIs". `hash` is "" for an empty one, too.
  if (parsed.href.includes("#")) throw syntaxError("a WebSocket URL has no fragment");
  const host = parsed.hostname.startsWith("[") ? parsed.hostname.slice(1, -1) : parsed.hostname;
  return {
    url: parsed,
    secure,
    host,
    port: parsed.port === "" ? (secure ? 443 : 80) : Number(parsed.port),
    servername: isIP(host) === 0 ? host : undefined,
    hostHeader: parsed.host,
    target: parsed.pathname + parsed.search,
    authorization: basicAuthorization(parsed),
  };
}

/** A DOMException as the standards have it for what cannot be read. */
export function syntaxError(message: string, cause?: unknown): DOMException {
  return new DOMException(message, { name: "SyntaxError", ...(cause !== undefined && { cause }) });
}

function tryParse(url: string | URL): URL {
  try {
    // A copy, so that a URL object the caller goes on using is not changed, nor ours by it.
    return new URL(String(url));
  } catch (cause) {
    throw syntaxError("a WebSocket needs an absolute URL such as wss://example.com/path", cause);
  }
}

/** "Basic" with the decoded userinfo as UTF-8 (RFC 7617 §2, §2.1). */
function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  const credentials = `${decodePercent(username)}:${decodePercent(password)}`;
  return `Basic ${Buffer.from(credentials, "utf8").toString("base64")}`;
}

/** Percent-decoding that leaves alone what is no escape, as the URL standard does; `decodeURIComponent` would throw. */
function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll("%", ""), "hex").toString("utf8"),
  );
}
