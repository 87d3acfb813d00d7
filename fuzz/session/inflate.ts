import { constants, inflateRawSync } from "node:zlib";

/** What a compressed message says: its bytes, or why it says nothing. "huge": more than anybody wants to know. */
export type Inflated = Uint8Array | "invalid" | "huge";

/** Most bytes that are looked at. */
const HUGE = 1 << 20;
/** A final block of one octet that zlib cannot take for anything else, and an octet behind the end. */
const MARK = 0x5a;
const PROBE = Uint8Array.of(0x01, 0x01, 0x00, 0xfe, 0xff, MARK, 0x00);
const TRAILER = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

/**
 * A compressed message by the words of RFC 7692 §7.2.2 and nothing else: the four octets behind it, and Node's documented call. DEFLATE does
 * not say whether it stands between two blocks, so a block of our own is put behind: it has to come out, and end the stream.
 * @param history the end of what the same sender said before, as far as references may reach
 * @returns the message, and how many final blocks stood in it with more behind them (§7.2.3.4)
 */
export function inflateMessage(payload: Uint8Array, history: Uint8Array): { content: Inflated; restarts: number } {
  // Some flush twice; nothing has been said then.
  if (payload.length === 0) return { content: payload, restarts: 0 };
  let rest = Buffer.concat([payload, TRAILER]);
  let content = Buffer.alloc(0);
  for (let restarts = 0; ; restarts++) {
    const dictionary = Buffer.concat([history, content]).subarray(-32_768);
    const run = inflate(rest, dictionary);
    if (run === undefined) return { content: "invalid", restarts };
    content = Buffer.concat([content, run.output]);
    if (content.length > HUGE) return { content: "huge", restarts };
    const left = rest.length - run.used;
    // Nothing is left of the whole, or all of the trailer behind a final block that ended with the message.
    if (left > TRAILER.length) rest = rest.subarray(run.used);
    else if (left === TRAILER.length) return { content, restarts };
    else if (left > 0) return { content: "invalid", restarts };
    else return { content: endsBetweenBlocks(rest, dictionary, run.output) ? content : "invalid", restarts };
  }
}

function endsBetweenBlocks(rest: Buffer, dictionary: Buffer, output: Buffer): boolean {
  const probe = inflate(Buffer.concat([rest, PROBE]), dictionary);
  if (probe === undefined) return false;
  const left = rest.length + PROBE.length - probe.used;
  // Left is the octet behind the end; or the whole probe, when the last block of the message was final and took the trailer.
  if (left === PROBE.length) return probe.output.equals(output);
  return left === 1 && probe.output.equals(Buffer.concat([output, Uint8Array.of(MARK)]));
}

function inflate(input: Uint8Array, dictionary: Uint8Array): { output: Buffer; used: number } | undefined {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 8 * HUGE, info: true };
    const given: unknown = inflateRawSync(input, dictionary.length > 0 ? { ...options, dictionary } : options);
    const { buffer, engine } = given as { buffer: Buffer; engine: { bytesWritten: number } };
    return { output: buffer, used: engine.bytesWritten };
  } catch {
    return undefined;
  }
}
