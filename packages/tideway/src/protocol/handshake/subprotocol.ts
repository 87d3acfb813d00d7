/** Sec-WebSocket-Protocol: what a client offers and a server may choose (RFC 6455 §1.9, §4.1 item 10, §11.3.4). */
import { LocalError } from "../error.js";
import { MAX_SUBPROTOCOL_BYTES, MAX_SUBPROTOCOLS } from "./limit.js";
import { HANDSHAKE_CODES } from "./refusal.js";
import { isToken, ValueScanner } from "./token.js";

/** The names in order of preference, or the code of what is wrong with them. */
export type SubprotocolResult =
  | { readonly ok: true; readonly protocols: readonly string[] }
  | { readonly ok: false; readonly code: "ERR_SUBPROTOCOL" | "ERR_SUBPROTOCOL_LIMIT" };

/**
 * Reads the offer of a client.
 * "The elements that comprise this value MUST be non-empty strings with characters in the range U+0021 to U+007E not
 * including separator characters […] and MUST all be unique strings." (RFC 6455 §4.1, item 10): tokens, compared with
 * regard to case. Stricter than RFC 9110 §5.6.1.2: an empty list element is refused.
 * @param values the values of all lines; "MAY appear multiple times in an HTTP request" (§11.3.4). None is an empty offer
 * @returns at most 16 names of together at most 1 KiB; never throws
 */
export function parseSubprotocols(values: readonly string[]): SubprotocolResult {
  let bytes = 0;
  for (const value of values) bytes += value.length;
  if (bytes > MAX_SUBPROTOCOL_BYTES) return { ok: false, code: "ERR_SUBPROTOCOL_LIMIT" };
  const protocols = new Set<string>();
  for (const value of values) {
    const scanner = new ValueScanner(value);
    scanner.space();
    do {
      const name = scanner.token();
      if (name === "" || protocols.has(name)) return { ok: false, code: "ERR_SUBPROTOCOL" };
      protocols.add(name);
      if (protocols.size > MAX_SUBPROTOCOLS) return { ok: false, code: "ERR_SUBPROTOCOL_LIMIT" };
    } while (scanner.comma());
    if (!scanner.done) return { ok: false, code: "ERR_SUBPROTOCOL" };
  }
  return { ok: true, protocols: [...protocols] };
}

/**
 * Writes the offer of a client.
 * @param protocols names in order of preference, 1 to 16 tokens, all different, together at most 1 KiB with separators
 * @returns the value of Sec-WebSocket-Protocol
 * @throws LocalError ERR_ARGUMENT_SUBPROTOCOL otherwise
 */
export function formatSubprotocols(protocols: readonly string[]): string {
  const value = protocols.join(", ");
  const valid =
    protocols.length > 0 &&
    protocols.length <= MAX_SUBPROTOCOLS &&
    new Set(protocols).size === protocols.length &&
    protocols.every((name) => typeof name === "string" && isToken(name)) &&
    value.length <= MAX_SUBPROTOCOL_BYTES;
  if (!valid) throw new LocalError("ERR_ARGUMENT_SUBPROTOCOL", HANDSHAKE_CODES.ERR_ARGUMENT_SUBPROTOCOL.message);
  return value;
}

/**
 * Holds a server to its choice: "The value chosen MUST be derived from the client's handshake, specifically by
 * selecting one of the values from the |Sec-WebSocket-Protocol| field" (RFC 6455 §4.2.2, item 4).
 * @param selected the choice; undefined is none
 * @param offered the names of the client
 * @throws LocalError ERR_ARGUMENT_SELECTION if the choice was not offered
 */
export function checkSelection(selected: string | undefined, offered: readonly string[]): void {
  if (selected === undefined || offered.includes(selected)) return;
  throw new LocalError("ERR_ARGUMENT_SELECTION", HANDSHAKE_CODES.ERR_ARGUMENT_SELECTION.message);
}
