/**
 * Which names a server answers to. A page of an attacker whose name resolves to 127.0.0.1 (DNS rebinding) is of the same
 * origin as its own Host header; only knowing one's own names tells it apart.
 */
import { LocalError } from "../error.js";
import { type Authority, parseAuthority } from "./authority.js";
import { HANDSHAKE_CODES } from "./refusal.js";

/** The checked form of the server's option `hosts`. One serves all connections of a server. */
export class AllowedHosts {
  readonly #allowed: readonly Authority[] | "any";

  /**
   * @param allowed "any" (default), or names and addresses such as "localhost", "127.0.0.1", "[::1]" for any port, or
   * "app.example:8443" for one
   * @throws LocalError ERR_ARGUMENT_HOST if it is not a list, or an entry is no host
   */
  constructor(allowed: "any" | readonly string[] = "any") {
    if (allowed !== "any" && !Array.isArray(allowed)) throw wrong(allowed);
    this.#allowed = allowed === "any" ? allowed : allowed.map(hostOrThrow);
  }

  /** Tells whether a Host header names one of them. */
  has(host: Authority): boolean {
    if (this.#allowed === "any") return true;
    return this.#allowed.some(
      (entry) => entry.host === host.host && (entry.port === undefined || entry.port === host.port),
    );
  }
}

function hostOrThrow(text: string): Authority {
  const host = typeof text === "string" ? parseAuthority(text) : undefined;
  if (host !== undefined) return host;
  throw wrong(text);
}

function wrong(entry: unknown): LocalError {
  const shown = typeof entry === "string" ? JSON.stringify(entry) : typeof entry;
  return new LocalError("ERR_ARGUMENT_HOST", `${HANDSHAKE_CODES.ERR_ARGUMENT_HOST.message}: ${shown}`);
}
