/**
 * Every limit of the protocol core: its default by role, why it is that, and what others chose.
 * `Infinity` is the only word for "no limit". A limit that is not given has its default; none is ever off by being absent.
 */

import { LocalError } from "./error.js";

/** Limits and deadlines of one connection. Bytes and milliseconds unless a line says otherwise. */
export interface Limits {
  /**
   * Largest message, in bytes of payload over all its fragments; beyond it the connection fails with 1009.
   * Server 1 MiB: an order above what interactive use sends. Client 16 MiB: it chose its server.
   * Others: ws 100 MiB, undici 128 MiB, Python websockets 1 MiB, uWebSockets 16 KiB, coder 32 KiB, gorilla none.
   */
  readonly maxPayload: number;
  /**
   * Most frames in one message, empty ones included; beyond it 1008. The count is per message, never per connection.
   * Server 1 024, client 16 384 (databases stream result sets in tens of thousands of fragments: raise it there).
   * Others: ws 16 384; none in most.
   */
  readonly maxFragments: number;
  /**
   * Most memory held for messages that are not complete: buffers at their real capacity, and FRAGMENT_OVERHEAD for each fragment; 1008.
   * Default: maxPayload + FRAGMENT_OVERHEAD x maxFragments + 64 KiB, which can be reached only by a fault in the accounting.
   */
  readonly maxRetained: number;
  /** A message must be complete this long after its first byte, or 1008. 60 s; client: none. Others: none has one. */
  readonly messageTimeout: number;
  /** After MESSAGE_RATE_GRACE an unfinished message must have come at this many bytes per second, or 1008. 1 KiB/s; client: none. */
  readonly minMessageRate: number;
  /**
   * Control frames answered or ignored per 10 seconds, with as many in one burst; beyond it 1008. Pings that are taken
   * by one `receive` count once (on Node one read of up to 32 frames), so that an honest peer with a burst of thousands is not closed. 1 000. Others: ws closes at 60 unsent pongs.
   */
  readonly maxControlFrames: number;
  /** Silence after which a ping goes out. 25 s: proxies cut at 60 s (nginx), some at 30 s. Others: socket.io 25 s, websockets 20 s, ws none. */
  readonly pingInterval: number;
  /** How long the ping may stay unanswered before the transport is ended (1006). 20 s. Others: socket.io 20 s, websockets 20 s. */
  readonly pingTimeout: number;
  /** How long the closing handshake and the last flush may take before the transport is ended. 5 s. Others: ws 30 s, websockets 10 s. */
  readonly closeTimeout: number;
}

/** What a retained fragment costs beyond its bytes: 2026 taught that "bounded bytes, unbounded objects" is no bound. */
export const FRAGMENT_OVERHEAD = 128;

/** How long a message may arrive slowly before minMessageRate is looked at, in milliseconds. */
export const MESSAGE_RATE_GRACE = 10_000;

/** What `resolveLimits` made: by reference, since thousands of connections share one. */
const resolved = new WeakMap<object, "client" | "server">();

/**
 * Defaults by role, and `maxRetained` derived from the two limits it follows.
 * @throws LocalError ERR_ARGUMENT_LIMIT when one is neither a positive safe integer nor Infinity (`minMessageRate` may be 0): a limit
 *   that is NaN or a string would compare false with everything, and so be off
 * @returns frozen; what it is given back for the same role it returns as it is
 */
export function resolveLimits(role: "client" | "server", given: Partial<Limits> = {}): Limits {
  if (resolved.get(given) === role) return given as Limits;
  const server = role === "server";
  const none = Number.POSITIVE_INFINITY;
  const limit = (name: keyof Limits, fallback: number, least = 1): number => {
    const value = given[name];
    if (value === undefined) return fallback;
    if (value === none || (Number.isSafeInteger(value) && value >= least)) return value;
    throw new LocalError("ERR_ARGUMENT_LIMIT", `${name} must be a safe integer of at least ${least}, or Infinity`);
  };
  const maxPayload = limit("maxPayload", server ? 1024 * 1024 : 16 * 1024 * 1024);
  const maxFragments = limit("maxFragments", server ? 1024 : 16_384);
  const limits = Object.freeze({
    maxPayload,
    maxFragments,
    maxRetained: limit("maxRetained", maxPayload + FRAGMENT_OVERHEAD * maxFragments + 64 * 1024),
    messageTimeout: limit("messageTimeout", server ? 60_000 : none),
    minMessageRate: limit("minMessageRate", server ? 1024 : 0, 0),
    maxControlFrames: limit("maxControlFrames", 1000),
    pingInterval: limit("pingInterval", 25_000),
    pingTimeout: limit("pingTimeout", 20_000),
    closeTimeout: limit("closeTimeout", 5_000),
  });
  resolved.set(limits, role);
  return limits;
}
