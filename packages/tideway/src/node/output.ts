import type { Writable } from "node:stream";
import type { Outgoing } from "../protocol/outgoing.js";
import { type Flushable, flushSoon } from "./flush.js";

/** Shared room for small frames. Small enough that a slow reader, who pins one while its write is under way, pins little. */
const SLAB_BYTES = 16 * 1024;
/** A write takes whole frames up to about this much, so that a slow reader's progress shows between two writes. */
const BATCH_BYTES = 64 * 1024;
/** One call to the stream takes at most this much, also of one frame: what a slow reader takes of a large message is progress. */
const WRITE_BYTES = 256 * 1024;
/** What is handed over in pieces up to this is copied: one long piece costs less than many short ones, in memory and to write. */
const COPY_BYTES = 1024;
/** What a queued piece costs beyond its bytes. */
const PIECE_OVERHEAD = 128;

const NOTHING = new Uint8Array(0);
let slab: Uint8Array = Buffer.allocUnsafeSlow(SLAB_BYTES);
let slabUsed = 0;

/** What an output tells its owner. */
export interface OutputOwner {
  /** All bytes up to `total` (as counted by `Output.total`) have been taken by the transport. */
  onProgress(sent: number): void;
  /** Nothing is left to send. */
  onDrained(): void;
}

/**
 * The queue between a connection and its stream: whole frames, one write at a time, everything of one turn in one write.
 *
 * Frames are made in a slab that all connections share, because nearly always they leave in the same turn. While a write is under
 * way the connection collects in memory of its own, so that a reader who is behind holds its own bytes and nobody else's.
 */
export class Output implements Outgoing, Flushable {
  bytes: Uint8Array = NOTHING;
  offset = 0;
  /** Bytes ever queued. */
  total = 0;
  /** Bytes ever taken by the transport. */
  sent = 0;
  /** When the oldest byte that is not sent was queued, by the owner's clock; undefined when there is none. */
  oldestAt: number | undefined;
  /** When a write last finished, or began after a pause. */
  progressAt = 0;

  readonly #stream: Writable;
  readonly #owner: OutputOwner;
  readonly #clock: () => number;
  readonly #highWater: number;

  /** Sealed pieces; `#glued[i]` says that piece i goes on in piece i + 1, within one frame. */
  #pieces: Uint8Array[] = [];
  #glued: boolean[] = [];
  /** When the first byte of each piece was queued. */
  #times: number[] = [];
  /** The piece being filled: #room[#from, #to). */
  #room: Uint8Array | undefined;
  #roomAt = 0;
  #from = 0;
  #to = 0;
  /** Room of our own, while a write is under way. */
  #own: Uint8Array | undefined;
  #ownUsed = 0;

  #inFlight = 0;
  /** What of it the stream has not been given yet. */
  #unwritten: Uint8Array[] = [];
  #writes = 0;
  #stuckWrite = 0;
  #asked = false;
  #stopped = false;

  constructor(stream: Writable, owner: OutputOwner, clock: () => number, highWater: number) {
    this.#stream = stream;
    this.#owner = owner;
    this.#clock = clock;
    this.#highWater = highWater;
  }

  /** Bytes queued and not yet taken by the transport, with what the pieces cost. */
  get buffered(): number {
    return this.total - this.sent + this.#pieces.length * PIECE_OVERHEAD;
  }

  /** The network did not take a write within the turn of the event loop in which it began: the peer, not this turn, is what it waits for. */
  get stuck(): boolean {
    return this.#inFlight > 0 && this.#stuckWrite === this.#writes;
  }

  /** Part of `Outgoing`: the peer is behind. */
  get blocked(): boolean {
    return this.#inFlight > 0 && this.buffered >= this.#highWater;
  }

  reserve(length: number): void {
    if (this.#inFlight > 0) this.#reserveOwn(length);
    else if (length > SLAB_BYTES) {
      this.bytes = Buffer.allocUnsafeSlow(length);
      this.offset = 0;
    } else {
      if (slabUsed + length > SLAB_BYTES) {
        slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
        slabUsed = 0;
      }
      this.bytes = slab;
      this.offset = slabUsed;
    }
  }

  commit(length: number, more = false): void {
    const end = this.offset + length;
    if (this.bytes === slab) slabUsed = end;
    else if (this.bytes === this.#own) this.#ownUsed = end;
    if (this.#room === this.bytes && this.#to === this.offset) this.#to = end;
    else {
      this.#seal();
      this.#room = this.bytes;
      this.#roomAt = this.#clock();
      this.#from = this.offset;
      this.#to = end;
    }
    if (more) {
      this.#seal();
      this.#glued[this.#glued.length - 1] = true;
    }
    this.#queued(length);
  }

  append(bytes: Uint8Array): void {
    if (bytes.length <= COPY_BYTES && this.#glued.at(-1) !== true) {
      this.reserve(bytes.length);
      this.bytes.set(bytes, this.offset);
      this.commit(bytes.length);
      return;
    }
    this.#seal();
    this.#push(bytes, this.#clock());
    this.#queued(bytes.length);
  }

  /** Forgets everything that is not in the transport's hands yet. What is left out are whole frames. */
  discard(): void {
    this.#room = undefined;
    this.#own = undefined;
    this.#pieces = [];
    this.#glued = [];
    this.#times = [];
    this.total = this.sent + this.#inFlight;
    if (this.#inFlight === 0) this.oldestAt = undefined;
  }

  /** Writes nothing more: the transport has ended. */
  stop(): void {
    this.#stopped = true;
    this.#inFlight = 0;
    this.#unwritten = [];
    this.bytes = NOTHING;
    this.discard();
  }

  flush(): void {
    this.#asked = false;
    while (!this.#stopped && this.#inFlight === 0) {
      this.#seal();
      this.oldestAt = this.#times[0];
      const batch = this.#takeBatch();
      if (batch.length === 0) return;
      this.progressAt = this.#clock();
      this.#write(batch);
    }
  }

  #write(batch: Uint8Array[]): void {
    for (const piece of batch) this.#inFlight += piece.length;
    this.#unwritten = batch;
    this.#writeOn();
  }

  /** Hands over what is in flight, portion by portion; the next when the stream has taken the one before. */
  #writeOn(): void {
    while (this.#unwritten.length > 0) {
      const write = ++this.#writes;
      this.#writePortion(takePortion(this.#unwritten), (error) => {
        // A callback that comes after its write was seen to be done, or with an error, which the stream reports itself, says nothing. Nor
        // does one of a destroyed stream: node:net calls it without an error for what was never sent.
        if (error || this.#stream.destroyed || write !== this.#writes || this.#inFlight === 0) return;
        this.progressAt = this.#clock();
        this.#writeOn();
        this.flush();
      });
      // Taken at once, the common case: known now, and what is made before the callback can use the shared slab.
      if (this.#stream.writableLength > 0 || this.#stream.destroyed) {
        this.#watchWrite(write);
        return;
      }
      this.progressAt = this.#clock();
    }
    this.#finishBatch();
  }

  #writePortion(portion: readonly Uint8Array[], written: (error?: Error | null) => void): void {
    const stream = this.#stream;
    const last = portion.length - 1;
    if (last > 0) stream.cork();
    for (let i = 0; i < last; i++) stream.write(portion[i]!);
    stream.write(portion[last]!, written);
    if (last > 0) stream.uncork();
  }

  /** Two immediates later the loop has polled once, so the network has had its chance to take this write. */
  #watchWrite(write: number): void {
    setImmediate(() => {
      setImmediate(() => {
        this.#stuckWrite = write;
      });
    });
  }

  #finishBatch(): void {
    this.sent += this.#inFlight;
    this.#inFlight = 0;
    this.#own = undefined;
    // An idle connection holds no memory that others write in.
    this.bytes = NOTHING;
    if (this.#stopped) return;
    const empty = this.total === this.sent;
    this.oldestAt = this.#times[0] ?? (empty ? undefined : this.#roomAt);
    this.#owner.onProgress(this.sent);
    if (empty && this.total === this.sent) this.#owner.onDrained();
  }

  /** Pieces from the front up to BATCH_BYTES, cut only between frames. */
  #takeBatch(): Uint8Array[] {
    let length = 0;
    let count = 0;
    while (count < this.#pieces.length && (length < BATCH_BYTES || this.#glued[count - 1])) {
      length += this.#pieces[count++]!.length;
    }
    if (count === this.#pieces.length) {
      const all = this.#pieces;
      this.#pieces = [];
      this.#glued = [];
      this.#times = [];
      return all;
    }
    this.#glued.splice(0, count);
    this.#times.splice(0, count);
    return this.#pieces.splice(0, count);
  }

  #reserveOwn(length: number): void {
    if (this.#own === undefined || this.#ownUsed + length > this.#own.length) {
      this.#seal();
      // Doubling, so that a long queue is few pieces; never beyond a slab unless one frame needs it.
      const size = Math.min(SLAB_BYTES, Math.max(1024, (this.#own?.length ?? 0) * 2));
      this.#own = Buffer.allocUnsafeSlow(Math.max(length, size));
      this.#ownUsed = 0;
    }
    this.bytes = this.#own;
    this.offset = this.#ownUsed;
  }

  #seal(): void {
    if (this.#room !== undefined) this.#push(this.#room.subarray(this.#from, this.#to), this.#roomAt);
    this.#room = undefined;
  }

  #push(piece: Uint8Array, at: number): void {
    this.#pieces.push(piece);
    this.#glued.push(false);
    this.#times.push(at);
  }

  #queued(length: number): void {
    this.total += length;
    this.oldestAt ??= this.#times[0] ?? this.#roomAt;
    this.#ask();
  }

  #ask(): void {
    if (this.#asked || this.#stopped || this.#inFlight > 0) return;
    this.#asked = true;
    flushSoon(this);
  }
}

/** Takes the first WRITE_BYTES from pieces, or all if there is less. A piece may be cut. */
function takePortion(pieces: Uint8Array[]): Uint8Array[] {
  let length = 0;
  let count = 0;
  while (count < pieces.length && length < WRITE_BYTES) length += pieces[count++]!.length;
  const portion = pieces.splice(0, count);
  const beyond = length - WRITE_BYTES;
  if (beyond > 0) {
    const cut = portion.pop()!;
    portion.push(cut.subarray(0, cut.length - beyond));
    pieces.unshift(cut.subarray(cut.length - beyond));
  }
  return portion;
}
