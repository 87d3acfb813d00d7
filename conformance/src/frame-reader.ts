import { maskInPlace, Op, type Role } from "./frame.js";

/** A frame as it was read. */
export interface ReadFrame {
  readonly fin: boolean;
  /** RSV1 = 4, RSV2 = 2, RSV3 = 1. */
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly key: number;
  /** Unmasked. */
  readonly payload: Uint8Array;
  /** The length was in its shortest form. */
  readonly minimal: boolean;
}

/**
 * Reads the frames of the implementation under test. It judges nothing: what is wrong with a frame is for `Observation` to say.
 * Bytes are kept until their frame is complete.
 */
export class FrameReader {
  #bytes: Uint8Array = new Uint8Array(4096);
  #start = 0;
  #end = 0;

  /** Bytes of a frame that is not complete. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** Takes bytes and gives the frames they complete. */
  *read(bytes: Uint8Array): Generator<ReadFrame, void, undefined> {
    this.#append(bytes);
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) yield frame;
  }

  #append(bytes: Uint8Array): void {
    const held = this.#end - this.#start;
    if (this.#end + bytes.length > this.#bytes.length) {
      const room = held + bytes.length > this.#bytes.length ? 2 * (held + bytes.length) : this.#bytes.length;
      const target = room === this.#bytes.length ? this.#bytes : new Uint8Array(room);
      target.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = target;
      this.#start = 0;
      this.#end = held;
    }
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #next(): ReadFrame | undefined {
    const [b, at] = [this.#bytes, this.#start];
    if (this.#end - at < 2) return undefined;
    const masked = (b[at + 1]! & 0x80) !== 0;
    const short = b[at + 1]! & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    const header = 2 + extended + (masked ? 4 : 0);
    if (this.#end - at < header) return undefined;
    let length = extended === 0 ? short : 0;
    for (let i = 0; i < extended; i++) length = length * 256 + b[at + 2 + i]!;
    if (this.#end - at < header + length) return undefined;
    let key = 0;
    if (masked) for (let i = header - 4; i < header; i++) key = ((key << 8) | b[at + i]!) >>> 0;
    const payload = b.slice(at + header, at + header + length);
    if (masked) maskInPlace(payload, 0, key);
    this.#start = at + header + length;
    const minimal = extended === 0 || length >= (extended === 2 ? 126 : 65_536);
    const first = b[at]!;
    return { fin: first >= 0x80, rsv: (first >>> 4) & 7, opcode: first & 0x0f, masked, key, payload, minimal };
  }
}

const NAMES = new Map<number, string>(Object.entries(Op).map(([name, opcode]) => [opcode, name.toLowerCase()]));

/** "text fin=1 rsv=0 length=5 mask=37fa213d 48656c6c6f": a frame for people. */
export function describeFrame(frame: ReadFrame, most = 32): string {
  const name = NAMES.get(frame.opcode) ?? `opcode ${frame.opcode}`;
  const mask = frame.masked ? ` mask=${frame.key.toString(16).padStart(8, "0")}` : "";
  const hex = Buffer.from(frame.payload.subarray(0, most)).toString("hex");
  const cut = frame.payload.length > most ? "…" : "";
  return `${name} fin=${frame.fin ? 1 : 0} rsv=${frame.rsv} length=${frame.payload.length}${mask} ${hex}${cut}`.trimEnd();
}

/** Who is at the other end. */
export function otherRole(role: Role): Role {
  return role === "server" ? "client" : "server";
}
