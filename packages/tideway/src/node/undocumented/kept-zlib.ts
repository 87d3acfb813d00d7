/**
 * A zlib state that is kept and used synchronously, message after message.
 *
 * Node's documented synchronous calls make a new state each time, and its streams hop to a thread and back: 2 to 3 and 4 to 9 times
 * the CPU of what is done here, for a message of 1 KiB (docs/decisions/0008-permessage-deflate.md). What is used beyond the documented API:
 *
 * - `stream._handle`, the native object behind a zlib stream, with `writeSync` (seven arguments), `reset` and `onerror`;
 * - `stream._writeState`, two numbers it leaves: the output bytes not filled and the input bytes not used.
 *
 * Risk: all of it may change without notice. Therefore nothing is used before a test at the first use has passed: shape first, then
 * behaviour. A wrong number of arguments would end the process instead of throwing, so versions of Node above those tested are not
 * even tried. Whoever calls `keptZlib` has a path without it, and both paths pass the same tests.
 */
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from "node:zlib";

/** Major versions of Node this was tested on: 20, 22, 24, 26. */
const FIRST_MAJOR = 20;
const LAST_MAJOR = 26;

/** Node makes an output buffer of this size with every stream; ours never fill it, so it is as small as Node allows. */
const UNUSED_CHUNK = constants.Z_MIN_CHUNK;

/** How to make a compressor; see zlib's deflateInit2. */
export interface DeflateSetup {
  readonly level: number;
  readonly windowBits: number;
  readonly memLevel: number;
}

/** The makers of kept states. */
export interface KeptZlibMakers {
  deflate(setup: DeflateSetup): KeptZlib;
  /** A decompressor with the largest window: it takes what was made with any. */
  inflate(): KeptZlib;
}

interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputStart: number,
    inputLength: number,
    output: Uint8Array,
    outputStart: number,
    outputLength: number,
  ): void;
  reset(): void;
  onerror: (message: string, errno: number, code: string) => void;
}

interface Inside {
  readonly _handle?: Handle;
  readonly _writeState?: Uint32Array;
}

/** One kept state. After a write that failed only `close` may be called. */
export class KeptZlib {
  /** Input bytes that the last write did not use. */
  inputLeft = 0;
  /** Output bytes that the last write did not fill. */
  outputLeft = 0;

  readonly #stream: DeflateRaw | InflateRaw;
  readonly #handle: Handle;
  readonly #state: Uint32Array;
  #failed = false;

  /** @throws TypeError when the stream is not built as expected */
  constructor(stream: DeflateRaw | InflateRaw) {
    // A late error must find a listener, or it ends the process.
    stream.on("error", () => {});
    const { _handle: handle, _writeState: state } = stream as unknown as Inside;
    const expected =
      typeof handle?.writeSync === "function" &&
      typeof handle.reset === "function" &&
      typeof handle.onerror === "function" &&
      state instanceof Uint32Array &&
      state.length === 2;
    if (!expected) {
      stream.close();
      throw new TypeError("this zlib stream is not built as expected");
    }
    this.#stream = stream;
    this.#handle = handle;
    this.#state = state;
    // Node's own would close the stream and emit; an error of one message is told by the result of `write` instead.
    handle.onerror = () => {
      this.#failed = true;
    };
  }

  /**
   * Runs zlib with Z_SYNC_FLUSH over the input into output[from, output.length).
   * @returns false when the input is not valid. Else `inputLeft` and `outputLeft` tell how far it came
   */
  write(input: Uint8Array, output: Uint8Array, from: number): boolean {
    this.#handle.writeSync(constants.Z_SYNC_FLUSH, input, 0, input.length, output, from, output.length - from);
    this.outputLeft = this.#state[0]!;
    this.inputLeft = this.#state[1]!;
    return !this.#failed;
  }

  /** Starts over with an empty window, in the same memory. */
  reset(): void {
    this.#handle.reset();
  }

  /** Gives the memory back. */
  close(): void {
    this.#stream.close();
  }
}

const makers: KeptZlibMakers = {
  deflate: (setup) => new KeptZlib(createDeflateRaw({ ...setup, chunkSize: UNUSED_CHUNK })),
  inflate: () => new KeptZlib(createInflateRaw({ chunkSize: UNUSED_CHUNK })),
};

let tested: KeptZlibMakers | false | undefined;

/**
 * The makers, if this runtime has what they need: found out once, by a test, at the first call.
 * @returns undefined where the documented API has to do
 */
export function keptZlib(): KeptZlibMakers | undefined {
  tested ??= isTestedNode(process.versions) && works() && makers;
  return tested || undefined;
}

/** Whether this is a Node on which the feature test may be run at all. @param versions as `process.versions` */
export function isTestedNode(versions: Readonly<Record<string, string | undefined>>): boolean {
  const major = Number.parseInt(versions["node"] ?? "", 10);
  const node = versions["bun"] === undefined && versions["deno"] === undefined;
  return node && major >= FIRST_MAJOR && major <= LAST_MAJOR;
}

function works(): boolean {
  let deflate: KeptZlib | undefined;
  let inflate: KeptZlib | undefined;
  try {
    deflate = makers.deflate({ level: 1, windowBits: 15, memLevel: 8 });
    inflate = makers.inflate();
    return compresses(deflate) && decompresses(inflate);
  } catch {
    return false;
  } finally {
    deflate?.close();
    inflate?.close();
  }
}

// §7.2.3.1 and §7.2.3.2 of RFC 7692: "Hello", and "Hello" again by a reference to the first.
const HELLO = Uint8Array.of(0x48, 0x65, 0x6c, 0x6c, 0x6f);
const FIRST = Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff);
const AGAIN = Uint8Array.of(0xf2, 0x00, 0x11, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff);
const ROOM = 64;

function compresses(deflate: KeptZlib): boolean {
  const same = (expected: Uint8Array) => {
    const output = new Uint8Array(ROOM);
    return deflate.write(HELLO, output, 0) && sameBytes(output.subarray(0, ROOM - deflate.outputLeft), expected);
  };
  if (!same(FIRST) || !same(AGAIN)) return false;
  deflate.reset();
  return same(FIRST);
}

function decompresses(inflate: KeptZlib): boolean {
  const output = new Uint8Array(ROOM);
  const says = (input: Uint8Array) =>
    inflate.write(input, output, 1) && sameBytes(output.subarray(1, ROOM - inflate.outputLeft), HELLO);
  if (!says(FIRST) || !says(AGAIN)) return false;
  inflate.reset();
  // A final block: what stands behind it is left over.
  if (!says(Uint8Array.of(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00)) || inflate.inputLeft !== 2)
    return false;
  inflate.reset();
  // Without the first message the reference leads nowhere.
  return !inflate.write(AGAIN, output, 0);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}
