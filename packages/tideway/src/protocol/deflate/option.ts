/** The options of permessage-deflate: defaults by role, with the reason and what others chose. */
import { LocalError } from "../error.js";
import { MAX_WINDOW_BITS, MIN_DEFLATE_BITS, MIN_WINDOW_BITS } from "./parameter.js";

/** What a user may say. A missing or undefined option means its default. */
export interface DeflateOptions {
  /**
   * The server compresses each message by itself. Server: default true, which bounds its memory by busy connections and keeps one
   * user's messages out of another message's context. Client: default false, "the server may choose"; true demands it.
   * Others: ws, undici, gorilla (always true), uWebSockets (a choice of fixed sizes).
   */
  readonly serverNoContextTakeover?: boolean | undefined;
  /** The client compresses each message by itself. Server: default true, demanded. Client: default false; true promises it. */
  readonly clientNoContextTakeover?: boolean | undefined;
  /**
   * Largest window the server compresses with. Default 15, and then not mentioned (`WebSocketServer`: 13). Server: 9 to 15, see MIN_DEFLATE_BITS.
   * Client: 8 to 15; a smaller one than 15 is demanded of the server.
   */
  readonly serverMaxWindowBits?: number | undefined;
  /**
   * Largest window the client compresses with. Default 15. Server: 8 to 15; a smaller one than 15 is demanded, and who cannot be
   * asked (offers no client_max_window_bits) is declined. Client: 9 to 15; given, it is told as a hint.
   */
  readonly clientMaxWindowBits?: number | undefined;
  /** Messages with fewer bytes are sent as they are. Default 1024: below it the saving is under one packet. Others: ws 1024, undici none. */
  readonly threshold?: number | undefined;
  /** zlib's effort, 1 to 9. Default 1: on the JSON of decision 8 level 6 costs 1.4 to 3 times the CPU for 2 to 7 % fewer bytes. Others: ws 6. */
  readonly level?: number | undefined;
  /** zlib's memory for its tables, 1 to 9. Default 8 where one compressor serves all connections, 6 where each has its own. */
  readonly memLevel?: number | undefined;
  /** With takeover: most compressors kept at once, each for one connection. Default 256. Infinity: no limit of their number. */
  readonly maxContexts?: number | undefined;
  /** With takeover: most memory of those compressors, in bytes. Default 32 MiB. Infinity: no limit of their memory. */
  readonly maxContextBytes?: number | undefined;
}

/** All options with their values; `undefined` only where the absence says something. */
export interface DeflateSettings {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** undefined: the window was not bounded, so it is not mentioned to the peer. */
  readonly serverMaxWindowBits: number | undefined;
  /** As `serverMaxWindowBits`. */
  readonly clientMaxWindowBits: number | undefined;
  readonly threshold: number;
  readonly level: number;
  /** undefined: chosen by what the compressor is for. */
  readonly memLevel: number | undefined;
  readonly maxContexts: number;
  readonly maxContextBytes: number;
}

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof DeflateOptions>([
  "serverNoContextTakeover",
  "clientNoContextTakeover",
  "serverMaxWindowBits",
  "clientMaxWindowBits",
  "threshold",
  "level",
  "memLevel",
  "maxContexts",
  "maxContextBytes",
]);

/**
 * Fills in and checks the options.
 * @param role whose options: defaults and ranges of windows differ
 * @returns the settings
 * @throws LocalError ERR_DEFLATE_OPTION for an unknown option, a wrong type or a number out of its range
 */
export function resolveDeflateOptions(role: "client" | "server", given: DeflateOptions = {}): DeflateSettings {
  for (const name of Object.keys(given)) {
    if (!OPTION_NAMES.has(name)) throw new LocalError("ERR_DEFLATE_OPTION", `there is no option "${name}"`);
  }
  const server = role === "server";
  const least = (ours: boolean) => (ours ? MIN_DEFLATE_BITS : MIN_WINDOW_BITS);
  return {
    serverNoContextTakeover: flag("serverNoContextTakeover", given.serverNoContextTakeover, server),
    clientNoContextTakeover: flag("clientNoContextTakeover", given.clientNoContextTakeover, server),
    serverMaxWindowBits: whole("serverMaxWindowBits", given.serverMaxWindowBits, least(server), MAX_WINDOW_BITS),
    clientMaxWindowBits: whole("clientMaxWindowBits", given.clientMaxWindowBits, least(!server), MAX_WINDOW_BITS),
    threshold: whole("threshold", given.threshold, 0) ?? 1024,
    level: whole("level", given.level, 1, 9) ?? 1,
    memLevel: whole("memLevel", given.memLevel, 1, 9),
    maxContexts: whole("maxContexts", given.maxContexts, 1) ?? 256,
    maxContextBytes: whole("maxContextBytes", given.maxContextBytes, 1) ?? 32 * 1024 * 1024,
  };
}

function flag(name: string, value: boolean | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === "boolean") return value;
  throw new LocalError("ERR_DEFLATE_OPTION", `${name} must be true or false`);
}

/** A whole number in its range; without an upper end Infinity is allowed, too. */
function whole(name: string, value: number | undefined, least: number, most?: number): number | undefined {
  if (value === undefined) return undefined;
  const unbounded = most === undefined && value === Number.POSITIVE_INFINITY;
  if (unbounded || (Number.isSafeInteger(value) && value >= least && value <= (most ?? value))) return value;
  const range = most === undefined ? `from ${least}, or Infinity` : `from ${least} to ${most}`;
  throw new LocalError("ERR_DEFLATE_OPTION", `${name} must be a whole number ${range}`);
}
