import { BlockList, isIP } from "node:net";
import { plainAddress } from "./trusted-proxy.js";

const BURST_SECONDS = 2.5;
const DEFAULT_PER_ADDRESS = 100;
const DEFAULT_RATE = 20;
/** Addresses remembered for their rate; beyond it the oldest are forgotten, which errs on the side of letting in. */
const MAX_REMEMBERED = 10_000;

const local = new BlockList();
local.addSubnet("127.0.0.0", 8, "ipv4");
local.addSubnet("10.0.0.0", 8, "ipv4");
local.addSubnet("172.16.0.0", 12, "ipv4");
local.addSubnet("192.168.0.0", 16, "ipv4");
local.addSubnet("169.254.0.0", 16, "ipv4");
local.addAddress("::1", "ipv6");
local.addSubnet("fc00::", 7, "ipv6");
local.addSubnet("fe80::", 10, "ipv6");

/** How many may connect. */
export interface AdmissionLimits {
  readonly maxConnections: number;
  /** Undefined: 100, loopback and private addresses exempt. */
  readonly maxConnectionsPerAddress: number | undefined;
  /** Undefined: 20 per second, loopback and private addresses exempt. */
  readonly maxConnectionRate: number | undefined;
}

/** Why somebody may not come in. */
export type Denial = "full" | "address" | "rate";

/** An address from which somebody is connected: one for all of them, since every connection holds it. */
export interface Place {
  readonly key: string;
  count: number;
  /** Loopback or private: looked up once, since that costs more than all else here. */
  readonly exempt: boolean;
}

/** Counts connections and handshakes, in all and by address. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #clock: () => number;
  readonly #perAddress = new Map<string, Place>();
  readonly #tokens = new Map<string, { left: number; at: number }>();
  #total = 0;

  /** @param clock monotonic milliseconds */
  constructor(limits: AdmissionLimits, clock: () => number) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Connections and handshakes under way. */
  get total(): number {
    return this.#total;
  }

  /** Addresses that hold a connection; 0 when all have left. */
  get addresses(): number {
    return this.#perAddress.size;
  }

  /**
   * Lets one in, or says why not.
   * @returns what is to be given to `leave`, exactly once, or the reason
   */
  enter(address: string): Place | Denial {
    const key = group(address);
    if (this.#total >= this.#limits.maxConnections) return "full";
    const place = this.#perAddress.get(key) ?? { key, count: 0, exempt: isLocal(address) };
    const most =
      this.#limits.maxConnectionsPerAddress ?? (place.exempt ? Number.POSITIVE_INFINITY : DEFAULT_PER_ADDRESS);
    if (place.count >= most) return "address";
    const rate = this.#limits.maxConnectionRate ?? (place.exempt ? Number.POSITIVE_INFINITY : DEFAULT_RATE);
    if (!this.#takeToken(key, rate)) return "rate";
    this.#total++;
    if (place.count++ === 0) this.#perAddress.set(key, place);
    return place;
  }

  /** Lets one out again. */
  leave(place: Place): void {
    this.#total--;
    if (--place.count === 0) this.#perAddress.delete(place.key);
  }

  #takeToken(key: string, rate: number): boolean {
    if (rate === Number.POSITIVE_INFINITY) return true;
    const burst = Math.max(1, rate * BURST_SECONDS);
    const now = this.#clock();
    const known = this.#tokens.get(key);
    const left = known === undefined ? burst : Math.min(burst, known.left + ((now - known.at) * rate) / 1000);
    // Set anew at the end of the Map, so that its first key is the one not seen for longest.
    this.#tokens.delete(key);
    this.#tokens.set(key, { left: left < 1 ? left : left - 1, at: now });
    if (this.#tokens.size > MAX_REMEMBERED) this.#tokens.delete(this.#tokens.keys().next().value!);
    return left >= 1;
  }
}

/** One customer is one IPv4 address, or one IPv6 /64: within it addresses are free to take. */
function group(address: string): string {
  const plain = plainAddress(address);
  if (isIP(plain) !== 6) return plain;
  const [head = "", tail = ""] = plain.split("%")[0]!.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const zeros = plain.includes("::")
    ? Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0")
    : [];
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(":");
}

function isLocal(address: string): boolean {
  const plain = plainAddress(address).split("%")[0]!;
  // A unix socket has no address: whoever may open the file is local.
  if (isIP(plain) === 0) return true;
  return local.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
}
