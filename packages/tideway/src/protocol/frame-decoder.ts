import { PeerError } from "./error.js";
import type { Kernel } from "./kernel.js";
import { type DataOpcode, isControl, Opcode } from "./opcode.js";
import type { Failure } from "./sink.js";

/**
 * What a decoder reports of each frame, in the order of the bytes. A returned failure stops it for good.
 * The checks come in two steps because the first octet can be wrong long before the rest has arrived.
 */
export interface FrameHandler {
  /** The first octet: `first` holds FIN (0x80), the reserved bits (0x70) and the opcode (0x0F). */
  onFirst(first: number): Failure | undefined;
  /** The length is known and well formed; the masking key, if there is one, is still to come. */
  onLength(length: number): Failure | undefined;
  /** Unmasked payload bytes[start, end), valid during the call. `last`: the frame ends with them. Never called with an empty range. */
  onPayload(bytes: Uint8Array, start: number, end: number, last: boolean): Failure | undefined;
  /** The frame is complete. */
  onEnd(): Failure | undefined;
  /** Asked after each frame: false makes `decode` return there. */
  readonly reading: boolean;
}

/** What takes frames that are messages of their own by one call each, instead of the calls of `FrameHandler`. */
export interface WholeHandler {
  /** Whether such a message of `length` bytes can be taken now. */
  takesWhole(length: number): boolean;
  /**
   * Takes a message that lies in the buffer with all its octets, and unmasks it there.
   * @param opcode text or binary; FIN is set, the reserved bits are not
   * @param key the masking key as 32 bits, network order; undefined where the peer does not mask
   */
  onWhole(
    opcode: DataOpcode,
    bytes: Uint8Array,
    start: number,
    end: number,
    key: number | undefined,
  ): Failure | undefined;
}

/** First octets of a message in one frame without reserved bits. */
const WHOLE_TEXT = 0x80 | Opcode.Text;
const WHOLE_BINARY = 0x80 | Opcode.Binary;

const FIRST = 0;
const SECOND = 1;
const LENGTH = 2;
const KEY = 3;
const PAYLOAD = 4;

/**
 * The one frame parser (RFC 6455 §5.2), for both roles: bytes in any pieces, headers checked at the offending octet.
 * It keeps a handful of numbers and no bytes; unmasking happens in the caller's buffer.
 */
export class FrameDecoder {
  /** Why decoding stopped for good, or undefined. */
  failure: Failure | undefined;

  readonly #handler: FrameHandler;
  readonly #whole: WholeHandler | undefined;
  readonly #kernel: Kernel;
  readonly #masked: boolean;

  #stage = FIRST;
  #first = 0;
  /** Octets of the extended length or of the key that are still to come. */
  #missing = 0;
  #wide = false;
  #length = 0;
  #key = 0;
  /** Payload octets that have arrived. */
  #received = 0;

  /**
   * @param masked whether the peer must mask: true on a server, false on a client (RFC 6455 §5.1)
   * @param whole takes the short way for whole messages; default: every frame takes the long one
   */
  constructor(handler: FrameHandler, kernel: Kernel, masked: boolean, whole?: WholeHandler) {
    this.#handler = handler;
    this.#whole = whole;
    this.#kernel = kernel;
    this.#masked = masked;
  }

  /** It stands before a frame and can go on: nothing is remembered. */
  get idle(): boolean {
    return this.#stage === FIRST && this.failure === undefined;
  }

  /** The masking key of the frame being decoded, network order; undefined where the peer does not mask. */
  get key(): number | undefined {
    return this.#masked ? this.#key : undefined;
  }

  /**
   * Decodes bytes[start, end). The range is changed: payloads are unmasked in place.
   *
   * @param frames return after this many complete frames at the latest
   * @returns the offset up to which bytes were used: `end`, unless the handler stopped reading, `frames` were done, or `failure` is set
   */
  decode(bytes: Uint8Array, start: number, end: number, frames: number): number {
    let at = start;
    let left = frames;
    while (at < end && this.failure === undefined) {
      const behind = this.#stage === FIRST ? this.#takeWhole(bytes, at, end) : at;
      if (behind > at) at = behind;
      else if (this.#stage === PAYLOAD) at = this.#takePayload(bytes, at, end);
      else this.failure = this.#takeHeaderOctet(bytes[at++]!);
      if (this.#stage === FIRST && this.failure === undefined && (--left <= 0 || !this.#handler.reading)) break;
    }
    return at;
  }

  /**
   * The short way for what most frames are: whole messages of up to 64 KiB that lie in the buffer with all their octets. Whatever is not
   * exactly that is left to the octets' own checks, which say what is wrong with it and where.
   * @returns the offset behind the frame, or `start` when it is not one of these
   */
  #takeWhole(bytes: Uint8Array, start: number, end: number): number {
    const whole = this.#whole;
    const first = bytes[start]!;
    if (whole === undefined) return start;
    if ((first !== WHOLE_BINARY && first !== WHOLE_TEXT) || start + 1 >= end) return start;
    const second = bytes[start + 1]!;
    if (second >= 0x80 !== this.#masked) return start;
    let length = second & 0x7f;
    let at = start + 2;
    if (length > 125) {
      // Octets behind `end` make `at` lie behind it too. §5.2 wants the shortest form: a length below 126 here is a fault.
      length = length === 126 ? (bytes[at]! << 8) | bytes[at + 1]! : 0;
      if (length < 126) return start;
      at += 2;
    }
    if (this.#masked) at += 4;
    const stop = at + length;
    if (stop > end || !whole.takesWhole(length)) return start;
    const key = this.#masked ? readKey(bytes, at - 4) : undefined;
    this.failure = whole.onWhole((first & 0x0f) as DataOpcode, bytes, at, stop, key);
    return stop;
  }

  #takeHeaderOctet(octet: number): Failure | undefined {
    switch (this.#stage) {
      case FIRST:
        this.#first = octet;
        this.#stage = SECOND;
        return this.#handler.onFirst(octet);
      case SECOND:
        return this.#takeSecond(octet);
      case LENGTH:
        return this.#takeLength(octet);
      default:
        // Four octets push the key before out of its 32 bits.
        this.#key = ((this.#key << 8) | octet) >>> 0;
        return --this.#missing === 0 ? this.#headerDone() : undefined;
    }
  }

  /** MASK and the 7-bit length. */
  #takeSecond(octet: number): Failure | undefined {
    const masked = (octet & 0x80) !== 0;
    // §5.1: "a client MUST mask all frames"; "A server MUST NOT mask any frames that it sends". Either fault closes with 1002.
    if (masked !== this.#masked) {
      return masked
        ? new PeerError("ERR_MASK_FORBIDDEN", 1002, "a server must not mask its frames")
        : new PeerError("ERR_MASK_REQUIRED", 1002, "a client must mask its frames");
    }
    const length = octet & 0x7f;
    // §5.5: "All control frames MUST have a payload length of 125 bytes or less": known before the length has arrived.
    if (length > 125 && isControl(this.#first)) {
      return new PeerError("ERR_CONTROL_LENGTH", 1002, "a control frame carries at most 125 bytes");
    }
    this.#wide = length === 127;
    this.#length = length > 125 ? 0 : length;
    if (length > 125) {
      this.#missing = this.#wide ? 8 : 2;
      this.#stage = LENGTH;
      return undefined;
    }
    return this.#lengthDone();
  }

  #takeLength(octet: number): Failure | undefined {
    // §5.2: "the most significant bit MUST be 0".
    if (this.#wide && this.#missing === 8 && octet > 0x7f) {
      return new PeerError("ERR_LENGTH_2_63", 1002, "a 64-bit length must have its highest bit 0");
    }
    // Exact up to 2^53 and rounded above: more than enough to be refused by any limit, and finite.
    this.#length = this.#length * 256 + octet;
    if (--this.#missing > 0) return undefined;
    // §5.2: "in all cases, the minimal number of bytes MUST be used to encode the length".
    if (this.#length < (this.#wide ? 65_536 : 126)) {
      return new PeerError("ERR_LENGTH_NOT_MINIMAL", 1002, "the length is not in its shortest form");
    }
    return this.#lengthDone();
  }

  #lengthDone(): Failure | undefined {
    if (this.#masked) {
      this.#missing = 4;
      this.#stage = KEY;
      // The limits are looked at now, not after the key: the length alone is the offence.
      return this.#handler.onLength(this.#length);
    }
    return this.#handler.onLength(this.#length) ?? this.#headerDone();
  }

  #headerDone(): Failure | undefined {
    this.#received = 0;
    if (this.#length > 0) {
      this.#stage = PAYLOAD;
      return undefined;
    }
    return this.#frameDone();
  }

  #takePayload(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.#length - this.#received);
    if (this.#masked) this.#kernel.mask(bytes, start, stop, this.#key, this.#received);
    this.#received += stop - start;
    const last = this.#received === this.#length;
    this.failure = this.#handler.onPayload(bytes, start, stop, last);
    if (last && this.failure === undefined) this.failure = this.#frameDone();
    return stop;
  }

  #frameDone(): Failure | undefined {
    this.#stage = FIRST;
    return this.#handler.onEnd();
  }
}

/** Four octets as 32 bits, network order. Signed, so that it stays a small integer: unsigned it would be a number on the heap. */
function readKey(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
