import { isAscii } from "node:buffer";
import { type Kernel, portableKernel } from "../../protocol/kernel.js";
import { UTF8_INVALID, UTF8_START } from "../../protocol/utf8.js";
import { stringSlice } from "../undocumented/string-slice.js";
import { ARENA_START, arenaBuffer } from "./memory.js";
import { type KernelModule, kernelModule, SCRATCH_START } from "./module.js";

// The figures behind these are in docs/decisions/0010-wasm-kernel.md.

/** Bytes outside of the arena are carried into the kernel's memory and back from this number on: below, that costs more than it saves. */
const MASK_AFAR_FROM = 1024;
const VALIDATE_AFAR_FROM = 128;
/** Text up to this many units is written unit by unit while it is ASCII. */
const WRITE_HERE_UP_TO = 16;
/** From here on a look at whether all is ASCII pays, since Latin-1 is decoded faster. */
const LOOK_FOR_ASCII_FROM = 256;

const ELSEWHERE = -1;
const EMPTY = new Uint8Array(0);

/**
 * The kernel of Node: WebAssembly over the arena, in place, and Node's own string functions. Bytes that lie elsewhere (what a stream has
 * read, what a message was put together in) are handled by plain TypeScript when few and through the kernel's scratch memory when many.
 */
export class WasmKernel implements Kernel {
  readonly #module: KernelModule;
  readonly #arena: Buffer = Buffer.from(arenaBuffer);
  readonly #strings = stringSlice(this.#arena);
  readonly #scratch = new Uint8Array(arenaBuffer, SCRATCH_START, ARENA_START - SCRATCH_START);

  // Where the last two arrays lie: to ask an array for its buffer costs more than to mask a short message, and what comes are the
  // reader's and the writer's, again and again.
  #recent: Uint8Array = EMPTY;
  #recentBase = ELSEWHERE;
  #earlier: Uint8Array = EMPTY;
  #earlierBase = ELSEWHERE;

  private constructor(module: KernelModule) {
    this.#module = module;
  }

  /** @returns undefined where the module does not run */
  static open(): WasmKernel | undefined {
    return kernelModule && new WasmKernel(kernelModule);
  }

  mask(bytes: Uint8Array, start: number, end: number, key: number, phase: number): void {
    const base = this.#baseOf(bytes);
    if (base >= 0) {
      this.#module.mask(base + start, base + end, key, phase & 3);
    } else if (end - start < MASK_AFAR_FROM) {
      portableKernel.mask(bytes, start, end, key, phase);
    } else {
      this.#maskAfar(bytes, start, end, key, phase);
    }
  }

  validateUtf8(state: number, bytes: Uint8Array, start: number, end: number): number {
    const base = this.#baseOf(bytes);
    if (base >= 0) return this.#module.validateUtf8(state, base + start, base + end);
    if (end - start < VALIDATE_AFAR_FROM) return portableKernel.validateUtf8(state, bytes, start, end);
    return this.#validateAfar(state, bytes, start, end);
  }

  decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
    const base = this.#baseOf(bytes);
    if (base >= 0) return this.#strings.utf8Slice(base + start, base + end);
    if (end - start >= LOOK_FOR_ASCII_FROM && isAscii(bytes.subarray(start, end))) {
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1", start, end);
    }
    // To make a Buffer of what is none costs more than Buffer's decoder saves.
    return bytes instanceof Buffer ? bytes.toString("utf8", start, end) : portableKernel.decodeUtf8(bytes, start, end);
  }

  encodeUtf8(text: string, target: Uint8Array, offset: number): number {
    if (text.length <= WRITE_HERE_UP_TO && writeAscii(text, target, offset)) return text.length;
    const base = this.#baseOf(target);
    return base >= 0 ? this.#arena.write(text, base + offset) : portableKernel.encodeUtf8(text, target, offset);
  }

  unmaskText(bytes: Uint8Array, start: number, end: number, key: number | undefined): string | undefined {
    const base = this.#baseOf(bytes);
    if (base >= 0) {
      const from = base + start;
      const to = base + end;
      // A key of 0 changes nothing: what is not masked is looked at for ASCII by the same call.
      if (this.#module.mask(from, to, key ?? 0, 0) === 1) return this.#strings.latin1Slice(from, to);
      if (this.#module.validateUtf8(UTF8_START, from, to) !== UTF8_START) return undefined;
      return this.#strings.utf8Slice(from, to);
    }
    if (key !== undefined) this.mask(bytes, start, end, key, 0);
    if (this.validateUtf8(UTF8_START, bytes, start, end) !== UTF8_START) return undefined;
    return this.decodeUtf8(bytes, start, end);
  }

  /** Where the bytes begin in the memory, or ELSEWHERE. */
  #baseOf(bytes: Uint8Array): number {
    if (bytes === this.#recent) return this.#recentBase;
    if (bytes === this.#earlier) return this.#earlierBase;
    this.#earlier = this.#recent;
    this.#earlierBase = this.#recentBase;
    this.#recent = bytes;
    this.#recentBase = bytes.buffer === arenaBuffer ? bytes.byteOffset : ELSEWHERE;
    return this.#recentBase;
  }

  #maskAfar(bytes: Uint8Array, start: number, end: number, key: number, phase: number): void {
    const scratch = this.#scratch;
    // A whole number of keys fits into the scratch memory, so the phase is the same for each piece.
    for (let at = start; at < end; at += scratch.length) {
      const piece = bytes.subarray(at, Math.min(end, at + scratch.length));
      scratch.set(piece);
      this.#module.mask(SCRATCH_START, SCRATCH_START + piece.length, key, phase & 3);
      piece.set(piece.length === scratch.length ? scratch : scratch.subarray(0, piece.length));
    }
  }

  #validateAfar(state: number, bytes: Uint8Array, start: number, end: number): number {
    let now = state;
    for (let at = start; at < end && now !== UTF8_INVALID; at += this.#scratch.length) {
      const piece = bytes.subarray(at, Math.min(end, at + this.#scratch.length));
      this.#scratch.set(piece);
      now = this.#module.validateUtf8(now, SCRATCH_START, SCRATCH_START + piece.length);
    }
    return now;
  }
}

/** @returns false, and some octets written, when the text is not ASCII */
function writeAscii(text: string, target: Uint8Array, offset: number): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return false;
    target[offset + at] = unit;
  }
  return true;
}

/** The kernel to use: plain TypeScript where the module does not run, or where the environment says `TIDEWAY_KERNEL=portable`. */
export const nodeKernel: Kernel =
  (process.env["TIDEWAY_KERNEL"] === "portable" ? undefined : WasmKernel.open()) ?? portableKernel;
