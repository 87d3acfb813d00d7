import { constants, deflateRawSync } from "node:zlib";
import {
  Connection,
  type DeflateCodec,
  type DeflateDirections,
  OutgoingBuffer,
  PermessageDeflate,
  TidewayError,
} from "tideway/protocol";
import { type CodecEngine, type CodecPool, codecPool, Recorder, toHex } from "tideway/testing";
import { soundFrame, writeFrame } from "../session/frame.js";
import { inflateMessage } from "../session/inflate.js";
import { piecesFor } from "./pieces.js";
import { expect, expectDocumented, expectSame } from "./verdict.js";

/** Most final blocks in a message, as docs/decisions/0008-permessage-deflate.md has it. */
const MAX_RESTARTS = 63;
const LIMITS = [1, 100, 5000, 65_536];
const MAX_MESSAGES = 16;
const KEY = [0x37, 0xfa, 0x21, 0x3d] as const;
/** What another connection on the same pool says and hears, before and behind. Nobody else may ever see it. */
const SECRET: Uint8Array = Buffer.from("the token of somebody else is 9f86d081884c7d659a2feaa0c55ad015".repeat(3));

/** What was agreed, and how much is taken. */
interface Terms {
  readonly takeover: boolean;
  readonly windowBits: number;
  readonly limit: number;
}

/** How a conversation went: messages in hex, then perhaps a code of ours and the close code it means. */
interface Heard {
  readonly messages: readonly string[];
  readonly failure: readonly [code: string, closeCode: number] | undefined;
}

/**
 * Compressed messages from a peer. Byte 0: takeover, window and limit; byte 1: the cuts; then messages, each with two octets for its
 * kind and length. Both engines have to hear what Node's documented call makes of them, refuse what it refuses, with 1007, 1008 or 1009
 * and never more than the limit, by themselves and behind a connection, and another connection must not notice.
 */
export function fuzz(data: Uint8Array): void {
  const terms = termsOf(data[0] ?? 0);
  const payloads = messagesOf(data.subarray(2), terms);
  const wanted = reference(payloads, terms);
  for (const engine of ["kept", "documented"] as const) {
    judge(
      withPool(engine, terms, (pool) => byCodec(pool, payloads, terms)),
      wanted,
      terms,
      engine,
    );
    judge(
      withPool(engine, terms, (pool) => byConnection(pool, payloads, terms, data[1] ?? 0)),
      wanted,
      terms,
      `${engine}, behind a connection`,
    );
  }
}

function termsOf(octet: number): Terms {
  return { takeover: (octet & 1) !== 0, windowBits: 8 + ((octet >> 1) & 7), limit: LIMITS[(octet >> 4) & 3]! };
}

/**
 * Kind 0: as it is. Others are compressed here, or the fuzzer would hardly ever send what is valid: 1 by a sender that keeps to no window
 * and refers to everything it said, 2 within the terms, flushed, 3 the same, with a final block.
 */
function messagesOf(bytes: Uint8Array, terms: Terms): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  let said: Uint8Array = new Uint8Array(0);
  for (let at = 0; at + 2 <= bytes.length && messages.length < MAX_MESSAGES; ) {
    const kind = bytes[at]! >> 6;
    const length = ((bytes[at]! & 0x3f) << 8) | bytes[at + 1]!;
    const body = bytes.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    messages.push(kind === 0 ? body : compressed(body, said, kind, terms));
    const { content } = kind === 0 ? inflateMessage(body, kept(said, terms)) : { content: body };
    if (typeof content !== "string") said = Buffer.concat([said, content]).subarray(-32_768);
  }
  return messages;
}

function compressed(body: Uint8Array, said: Uint8Array, kind: number, terms: Terms): Uint8Array {
  const windowBits = kind === 1 ? 15 : Math.max(9, terms.windowBits);
  const dictionary = kind === 1 ? said : kept(said, terms);
  const options = {
    windowBits,
    level: body.length & 7,
    strategy: body.length % 5,
    ...(dictionary.length > 0 && { dictionary }),
  };
  if (kind === 3) return deflateRawSync(body, options);
  return deflateRawSync(body, { ...options, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** What of that references may reach. */
function kept(said: Uint8Array, { takeover, windowBits }: Terms): Uint8Array {
  return takeover ? said.subarray(-(2 ** windowBits)) : said.subarray(0, 0);
}

/** What has to be heard. The failure is a choice where two are true: a message may be too big and broken further on. */
interface Wanted {
  readonly messages: readonly string[];
  readonly failures: readonly number[];
}

function reference(payloads: readonly Uint8Array[], terms: Terms): Wanted {
  const { limit } = terms;
  const messages: string[] = [];
  let said: Uint8Array = new Uint8Array(0);
  for (const payload of payloads) {
    const { content, restarts } = inflateMessage(payload, kept(said, terms));
    const failures: number[] = [];
    if (restarts > MAX_RESTARTS) failures.push(1008);
    if (content === "huge" || content.length > limit || payload.length > wireLimit(limit)) failures.push(1009);
    if (content === "invalid") return { messages, failures: [1007, 1008, 1009] };
    if (failures.length > 0) return { messages, failures };
    messages.push(toHex(content as Uint8Array));
    said = Buffer.concat([said, content as Uint8Array]);
  }
  return { messages, failures: [] };
}

/** Longer ones are refused before they are looked at, behind a connection. */
function wireLimit(limit: number): number {
  return limit + Math.floor(limit / 16) + 1024;
}

function judge(heard: Heard, wanted: Wanted, { limit }: Terms, where: string): void {
  expectSame(heard.messages, wanted.messages, `messages, ${where}`);
  for (const message of heard.messages) expect(message.length / 2 <= limit, `more than the limit, ${where}`);
  expect(!JSON.stringify(heard.messages).includes(toHex(SECRET.subarray(20, 40))), `somebody else's words, ${where}`);
  if (heard.failure === undefined) {
    expect(wanted.failures.length === 0, `a fault was not noticed, ${where}`);
    return;
  }
  const [code, closeCode] = heard.failure;
  expectDocumented(code);
  expect(wanted.failures.includes(closeCode), `${code} is ${closeCode}, wanted ${wanted.failures.join()}, ${where}`);
}

/** Gives a pool to the conversation, in the company of another connection that has to go on as if nothing were. */
function withPool(engine: CodecEngine, terms: Terms, converse: (pool: CodecPool) => Heard): Heard {
  const pool = codecPool({
    engine,
    onRun: (room, given) => expect(given === undefined || given <= room, `${given} bytes, room for ${room}`),
  });
  // A runtime without kept states has the documented calls only; both are then the same.
  if (pool === undefined) return withPool("documented", terms, converse);
  const other = pool.open(directions({ ...terms, takeover: true }));
  try {
    tellSecret(other);
    const heard = converse(pool);
    tellSecret(other);
    return heard;
  } finally {
    other.close();
    pool.close();
  }
}

function tellSecret(other: DeflateCodec): void {
  // A window of 256 bytes is not compressed for.
  const said =
    other.compress(SECRET) ?? deflateRawSync(SECRET, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  expect(!(said instanceof Promise), "not at once");
  const heard = other.decompress(said, SECRET.length);
  expect(heard instanceof Uint8Array && Buffer.compare(heard, SECRET) === 0, "another connection was disturbed");
}

function directions({ takeover, windowBits }: Terms): DeflateDirections {
  return { send: { takeover, windowBits }, receive: { takeover, windowBits } };
}

function byCodec(pool: CodecPool, payloads: readonly Uint8Array[], terms: Terms): Heard {
  const codec = pool.open(directions(terms));
  const messages: string[] = [];
  let failure: Heard["failure"];
  for (const payload of payloads) {
    if (payload.length > wireLimit(terms.limit)) failure = ["ERR_MESSAGE_TOO_BIG", 1009];
    const copy = payload.slice();
    const heard = failure === undefined ? codec.decompress(payload, terms.limit) : undefined;
    expect(!(heard instanceof Promise), "not at once");
    expectSame([...payload], [...copy], "what was given to the codec");
    if (heard instanceof TidewayError) failure = [heard.code, "closeCode" in heard ? Number(heard.closeCode) : 0];
    if (heard instanceof Uint8Array) messages.push(toHex(heard));
    if (failure !== undefined) break;
  }
  codec.close();
  const late = codec.decompress(Uint8Array.of(0), 1);
  expect(late instanceof TidewayError && late.code === "ERR_DEFLATE_CLOSED", "a closed codec still works");
  return { messages, failure };
}

function byConnection(pool: CodecPool, payloads: readonly Uint8Array[], terms: Terms, cuts: number): Heard {
  const sink = new Recorder();
  const extension = new PermessageDeflate(pool.open(directions(terms)), { threshold: 0, takeover: terms.takeover });
  const outgoing = new OutgoingBuffer();
  const connection = new Connection({
    role: "server",
    sink,
    outgoing,
    extension,
    limits: { maxPayload: terms.limit, maxFragments: 100_000 },
  });
  const stream = Buffer.concat(payloads.map((payload) => framesOf(payload, 1 + (cuts & 63) * 8)));
  for (const piece of piecesFor(cuts, stream)) connection.receive(piece.slice());
  const messages: string[] = [];
  let failure: Heard["failure"];
  for (const event of sink.events) {
    expect(failure === undefined, "an event after the failure");
    if (event[0] === "binary") messages.push(event[1]);
    else if (event[0] === "failure") failure = [event[1], event[2] ?? 0];
    else expect(false, `an event nobody caused: ${event[0]}`);
  }
  extension.close();
  return { messages, failure };
}

/** A message as binary frames of at most so many bytes, RSV1 on the first (RFC 7692 §6). */
function framesOf(payload: Uint8Array, size: number): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < payload.length; at += size) {
    const part = payload.subarray(at, at + size);
    const frame = soundFrame(at === 0 ? 2 : 0, at + size >= payload.length, part, KEY);
    frames.push(writeFrame(at === 0 ? { ...frame, rsv: 4 } : frame));
  }
  return Buffer.concat(frames);
}
