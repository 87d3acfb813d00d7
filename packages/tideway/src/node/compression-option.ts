import { type DeflateOptions, type DeflateSettings, resolveDeflateOptions } from "../protocol/deflate/option.js";
import { checkOptions, flag, limit, minimum, type OptionRule, type OptionRules, typeRule } from "./option-check.js";

/** `false`: none. `true`: with the defaults. Or the options of permessage-deflate. */
export type CompressionOption = boolean | DeflateOptions;

/** How one message is sent. */
export interface SendOptions {
  /**
   * False: this message goes uncompressed. For one that holds a secret beside text that others chose: its length would tell the one by
   * the other (RFC 7692 §8). Default true: compressed if that was negotiated and the message is long enough.
   */
  readonly compress?: boolean | undefined;
}

/**
 * Our window where nothing is said, as a server: 8 KiB. A receiver needs no more memory than that to read us, and a larger one saves little:
 * docs/decisions/0008-permessage-deflate.md.
 */
const SERVER_WINDOW_BITS = 13;

/** The threshold is no limit: 0 compresses everything, Infinity nothing. */
const threshold: OptionRule = (value) =>
  value === Number.POSITIVE_INFINITY || minimum(value) === undefined
    ? undefined
    : new RangeError("must be a whole number from 0, or Infinity");

const common: OptionRules = {
  serverNoContextTakeover: flag,
  clientNoContextTakeover: flag,
  threshold,
  level: between(1, 9),
  memLevel: between(1, 9),
  maxContexts: limit,
  maxContextBytes: limit,
};

/** By role. zlib cannot compress with the smallest window; what the other end is told it may be. */
const rules: { readonly [role in "client" | "server"]: OptionRules } = {
  server: { ...common, serverMaxWindowBits: between(9, 15), clientMaxWindowBits: between(8, 15) },
  client: { ...common, serverMaxWindowBits: between(8, 15), clientMaxWindowBits: between(9, 15) },
};

const sendRules: OptionRules = { compress: flag };

/** The rule of the option `compression` itself; what is in it is checked by `resolveCompression`. */
export const compression: OptionRule = typeRule(
  "true, false or an object",
  (value) => typeof value === "boolean" || (typeof value === "object" && value !== null && !Array.isArray(value)),
);

/**
 * Checks the option `compression` and fills in the defaults.
 * @param where whose option it is, for messages
 * @returns undefined: no compression
 * @throws TypeError, RangeError as `checkOptions`
 */
export function resolveCompression(
  role: "client" | "server",
  given: CompressionOption | undefined,
  where: string,
): DeflateSettings | undefined {
  if (given === undefined || given === false) return undefined;
  const options = given === true ? {} : given;
  checkOptions(options, rules[role], `${where}: compression`);
  if (role === "client") return resolveDeflateOptions(role, options);
  return resolveDeflateOptions(role, {
    ...options,
    serverMaxWindowBits: options.serverMaxWindowBits ?? SERVER_WINDOW_BITS,
  });
}

/**
 * Whether a message is to pass compression over.
 * @throws TypeError for options that do not exist or are of the wrong type
 */
export function isPlain(options: SendOptions | undefined): boolean {
  if (options === undefined) return false;
  checkOptions(options, sendRules, "send");
  return options.compress === false;
}

function between(least: number, most: number): OptionRule {
  const message = `must be a whole number from ${least} to ${most}`;
  return (value) => {
    if (typeof value !== "number") return new TypeError(message);
    return Number.isInteger(value) && value >= least && value <= most ? undefined : new RangeError(message);
  };
}
