/**
 * Which web pages may open a connection (RFC 6455 §4.2.2 item 4, §10.2). A browser sends cookies with a WebSocket to any
 * site, and asks nobody first; the Origin header is all there is against it, so the default is the strict one.
 *
 * Only the Host header and the flag `secure` say who we are. The request target never does: it is the peer's text.
 */
import { LocalError } from "../error.js";
import { type Authority, parseAuthority } from "./authority.js";
import { HANDSHAKE_CODES, type RefusalCode } from "./refusal.js";
import { asciiLower } from "./token.js";

/** An origin in comparable form (RFC 6454 §4). */
export interface Origin {
  /** Lower-case, without colon. */
  readonly scheme: string;
  /** Lower-case. */
  readonly host: string;
  /** The default port of the scheme is filled in; undefined for schemes without one. */
  readonly port: number | undefined;
}

/**
 * What the option `origins` takes:
 * - "same-origin" (default): scheme, host and port of the page are those of this server;
 * - "any": no check at all, for public services that do not use cookies;
 * - a list of origins such as "https://app.example", "http://localhost:3000" or, for all true subdomains and not the
 *   domain itself, "https://*.app.example". Names beyond ASCII are written in their xn-- form.
 */
export type OriginOption = "same-origin" | "any" | readonly string[];

/** What an Origin is compared with. */
export interface Site {
  /** True if the connection came over TLS, or through a proxy that is trusted to say so. */
  readonly secure: boolean;
  /** The Host header. */
  readonly host: Authority;
}

const DEFAULT_PORTS = new Map<string, number>([
  ["http", 80],
  ["https", 443],
  ["ws", 80],
  ["wss", 443],
]);

/** Longer than any authority with any scheme in use; keeps an absurd header from costing anything. */
const MAX_ORIGIN = 320;

/**
 * Reads a serialised origin: `scheme "://" host [ ":" port ]` (RFC 6454 §6.2). Nothing else is an origin here: no path,
 * no trailing slash, no userinfo, no list, not "null".
 * @returns undefined if it is anything else; never throws
 */
export function parseOrigin(text: string): Origin | undefined {
  if (text.length > MAX_ORIGIN || text.endsWith(":")) return undefined;
  const separator = text.indexOf("://");
  const scheme = asciiLower(text.slice(0, Math.max(separator, 0)));
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) return undefined;
  const authority = parseAuthority(text.slice(separator + 3));
  if (authority === undefined) return undefined;
  return { scheme, host: authority.host, port: authority.port ?? DEFAULT_PORTS.get(scheme) };
}

/** The checked and prepared form of the option `origins`. One serves all connections of a server. */
export class OriginPolicy {
  readonly #mode: "same-origin" | "any" | "list";
  readonly #requireOrigin: boolean;
  readonly #exact: ReadonlySet<string>;
  readonly #subdomains: readonly Origin[];

  /**
   * @param origins see OriginOption; default "same-origin"
   * @param options.requireOrigin refuse requests without an Origin header. Default false: programs that are no browsers
   * send none, and an attacker's page cannot leave it out
   * @throws LocalError ERR_ARGUMENT_ORIGINS if an entry is no origin, with the reason
   */
  constructor(origins: OriginOption = "same-origin", options: { readonly requireOrigin?: boolean | undefined } = {}) {
    this.#requireOrigin = options.requireOrigin ?? false;
    const exact = new Set<string>();
    const subdomains: Origin[] = [];
    if (origins === "same-origin" || origins === "any") {
      this.#mode = origins;
    } else {
      this.#mode = "list";
      if (!Array.isArray(origins)) throw wrong(origins, 'must be "same-origin", "any" or a list of origins');
      for (const entry of origins as readonly unknown[]) {
        const { origin, wildcard } = parseEntry(entry);
        if (wildcard) subdomains.push(origin);
        else exact.add(serialise(origin));
      }
    }
    this.#exact = exact;
    this.#subdomains = subdomains;
  }

  /**
   * Decides about one request.
   * @param header the value of its Origin header, undefined if it has none
   * @param site who we are for this request
   * @returns undefined if it may connect, else the code of the refusal; never throws
   */
  check(header: string | undefined, site: Site): RefusalCode | undefined {
    if (header === undefined) return this.#requireOrigin ? "ERR_ORIGIN_MISSING" : undefined;
    if (this.#mode === "any") return undefined;
    // Sandboxed frames and local files of any attacker are all "null", so it never names a page one could trust.
    if (header === "null") return "ERR_ORIGIN_NULL";
    const origin = parseOrigin(header);
    if (origin === undefined) return "ERR_ORIGIN_MALFORMED";
    if (this.#mode === "list") return this.#isListed(origin) ? undefined : "ERR_ORIGIN";
    if (isSite(origin, site)) return undefined;
    // A TLS-terminating proxy that is not declared looks exactly like this; the caller can name the cure.
    return isSite(origin, { ...site, secure: !site.secure }) ? "ERR_ORIGIN_SCHEME" : "ERR_ORIGIN";
  }

  #isListed(origin: Origin): boolean {
    if (this.#exact.has(serialise(origin))) return true;
    return this.#subdomains.some(
      (parent) =>
        parent.scheme === origin.scheme && parent.port === origin.port && origin.host.endsWith(`.${parent.host}`),
    );
  }
}

/** Scheme, host and port are equal (RFC 6454 §5). */
function isSite(origin: Origin, { secure, host }: Site): boolean {
  const scheme = secure ? "https" : "http";
  return (
    origin.scheme === scheme && origin.host === host.host && origin.port === (host.port ?? DEFAULT_PORTS.get(scheme))
  );
}

function serialise({ scheme, host, port }: Origin): string {
  return `${scheme}://${host}:${port ?? ""}`;
}

function parseEntry(entry: unknown): { origin: Origin; wildcard: boolean } {
  if (typeof entry !== "string") throw wrong(entry, "is not a string");
  if (entry === "*") throw wrong(entry, 'cannot be in a list; to allow every page, say origins: "any"');
  if (entry === "null") throw wrong(entry, "can never be allowed: every sandboxed frame and local file has it");
  const wildcard = entry.includes("://*.");
  const origin = parseOrigin(entry.replace("://*.", "://"));
  if (origin !== undefined) return { origin, wildcard };
  const ascii = [...entry].every((char) => char <= "\x7e");
  if (!ascii) throw wrong(entry, "must be ASCII; write an international name in its xn-- form");
  throw wrong(entry, 'is not an origin such as "https://app.example" or "https://*.app.example", without a path');
}

function wrong(entry: unknown, reason: string): LocalError {
  const { message } = HANDSHAKE_CODES.ERR_ARGUMENT_ORIGINS;
  return new LocalError(
    "ERR_ARGUMENT_ORIGINS",
    `${message}: ${typeof entry === "string" ? JSON.stringify(entry) : typeof entry} ${reason}`,
  );
}
