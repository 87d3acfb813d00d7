import { BlockList, isIP } from "node:net";
import type { HeaderList } from "../protocol/handshake/header-list.js";

/** Where a request really came from. */
export interface Source {
  readonly address: string;
  readonly secure: boolean;
}

/**
 * Proxies whose word is taken for whom they forward. From anyone else X-Forwarded-For and X-Forwarded-Proto are mere text: who
 * believes them lets a client choose its own address and scheme.
 */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #any: boolean;

  /**
   * @param entries addresses ("127.0.0.1", "::1") and networks ("10.0.0.0/8")
   * @throws TypeError for anything else
   */
  constructor(entries: readonly string[]) {
    this.#any = entries.length > 0;
    for (const entry of entries) {
      const [address = "", prefix] = entry.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      const bits = prefix === undefined ? (family === "ipv6" ? 128 : 32) : Number(prefix);
      if (
        isIP(address) === 0 ||
        !Number.isInteger(bits) ||
        prefix === "" ||
        bits < 0 ||
        bits > (family === "ipv6" ? 128 : 32)
      ) {
        throw new TypeError(`WebSocketServer: "trustProxy" holds "${entry}", which is no address or network`);
      }
      this.#list.addSubnet(address, bits, family);
    }
  }

  /** The client behind the peer: the right-most address in X-Forwarded-For that is not a trusted proxy itself. */
  resolve(peer: string, secure: boolean, headers: HeaderList): Source {
    if (!this.#any || !this.#trusts(peer)) return { address: peer, secure };
    const chain = headers
      .all("x-forwarded-for")
      .flatMap((line) => line.split(","))
      .map((part) => part.trim());
    let address = peer;
    while (chain.length > 0 && this.#trusts(address)) {
      const next = plainAddress(withoutPort(chain.pop()!));
      // What is not an address cannot be vouched for; the last proxy that can be is the source.
      if (isIP(next) === 0) break;
      address = next;
    }
    const schemes = headers.all("x-forwarded-proto").flatMap((line) => line.split(","));
    const scheme = schemes.at(-1)?.trim().toLowerCase();
    return { address, secure: scheme === undefined ? secure : scheme === "https" || scheme === "wss" };
  }

  #trusts(address: string): boolean {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && this.#list.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
  }
}

/**
 * An address as some proxies write it, with a port, or in brackets for IPv6: "192.0.2.1:4711", "[2001:db8::1]:4711", "[2001:db8::1]".
 * @returns the address; anything else as it is
 */
function withoutPort(text: string): string {
  const [, inner, , plain] = /^(?:\[([^\]]*)\](:\d{1,5})?|([\d.]+):\d{1,5})$/.exec(text) ?? [];
  // Brackets are for IPv6 only.
  if (inner !== undefined) return isIP(inner) === 6 ? inner : text;
  return plain ?? text;
}

/** An IPv4 address that arrived over a dual-stack socket ("::ffff:192.0.2.1") as what it is. */
export function plainAddress(address: string): string {
  return address.toLowerCase().startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
