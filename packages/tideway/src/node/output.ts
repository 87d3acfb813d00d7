import type { Outgoing } from "../protocol/outgoing.js";
import type { ByteStream } from "./byte-stream.js";
import { type Flushable, flushSoon } from "./flush.js";
import { arenaBuffer } from "./kernel/memory.js";
import { JOIN_BYTES, SharedSequence } from "./shared-sequence.js";
import { leave, release, type Slab, slabFor } from "./slab.js";

/** A write takes whole frames up to about this much, so that a slow reader's progress shows between two writes. */
const BATCH_BYTES = 64 * 1024;
/** One call to the stream takes at most this much, also of one frame: what a slow reader takes of a large message is progress. */
const WRITE_BYTES = 256 * 1024;
/** What is handed over in pieces up to this is copied: one long piece costs less than many short ones, in memory and to write. */
const COPY_BYTES = 1024;
/** Room of a connection's own grows to this much. */
const OWN_BYTES = 16 * 1024;
/** What a queued piece costs beyond its bytes. */
const PIECE_OVERHEAD = 128;

const NOTHING = new Uint8Array(0);

/** What was reserved last; nothing comes between that and its `commit`. */
let filling: Slab;

/** A part of the queue, by reference. */
interface Piece {
  readonly bytes: Uint8Array;
  /** When its first byte was queued. */
  readonly at: number;
  /** It goes on in the next piece, within one frame. */
  readonly more: boolean;
}

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

  #stream: ByteStream | undefined;
  readonly #owner: OutputOwner;
  readonly #clock: { readonly now: number };
  readonly #highWater: number;

  /** Sealed pieces; undefined when there is none. */
  #pieces: Piece[] | undefined;
  /** The piece being filled: #room[#from, #to), or what was appended of what goes to many. When its first byte was queued. */
  #room: Uint8Array | undefined;
  #from = 0;
  #to = 0;
  #shared: SharedSequence | undefined;
  #roomAt = 0;
  /** Has bytes of ours that have not been taken. */
  #slab: Slab | undefined;
  /** Part of what is queued was left out of the write under way, and may lie in the slab. */
  #leftOver = false;
  /** Room of our own, while a write is under way. */
  #own: Uint8Array | undefined;
  #ownUsed = 0;

  #inFlight = 0;
  /** What of it the stream has not been given yet. */
  #unwritten: Uint8Array[] | undefined;
  #writes = 0;
  #stuckWrite = 0;
  #asked = false;
  #stopped = false;

  /** @param clock monotonic milliseconds */
  constructor(owner: OutputOwner, clock: { readonly now: number }, highWater: number) {
    this.#owner = owner;
    this.#clock = clock;
    this.#highWater = highWater;
  }

  /** From here on it is written. The owner hands on `onWritten`. */
  open(stream: ByteStream): void {
    this.#stream = stream;
    if (this.total > this.sent) this.#ask();
  }

  /** Bytes queued and not yet taken by the transport, with what the pieces cost. */
  get buffered(): number {
    return this.total - this.sent + (this.#pieces === undefined ? 0 : this.#pieces.length * PIECE_OVERHEAD);
  }

  /** Nothing that was queued is needed any more: all of it has been taken, and by a stream that copies. */
  get released(): boolean {
    return this.total === this.sent && this.#stream?.copies === true;
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
    if (this.#inFlight === 0 && this.#stream?.copies === true) {
      const slab = slabFor(length);
      // Never in two slabs, so that there is one to let go of.
      if (slab !== undefined && (this.#slab === undefined || this.#slab === slab)) {
        filling = slab;
        this.bytes = slab.bytes;
        this.offset = slab.used;
        return;
      }
    }
    this.#reserveOwn(length);
  }

  commit(length: number, more = false): void {
    const end = this.offset + length;
    if (this.bytes === this.#own) this.#ownUsed = end;
    else this.#hold(end);
    if (this.#room === this.bytes && this.#to === this.offset) this.#to = end;
    else {
      this.#seal(false);
      this.#room = this.bytes;
      this.#roomAt = this.#clock.now;
      this.#from = this.offset;
      this.#to = end;
    }
    if (more) this.#seal(true);
    this.#queued(length);
  }

  append(bytes: Uint8Array): void {
    const { length } = bytes;
    if (bytes.buffer === arenaBuffer) {
      // What was read there is overwritten by the next read, long before it may have been taken.
      this.reserve(length);
      this.bytes.set(bytes, this.offset);
      this.commit(length);
    } else if (length > COPY_BYTES || this.#pieces?.at(-1)?.more === true) {
      this.#seal(false);
      this.#push(bytes, this.#clock.now, false);
      this.#queued(length);
    } else if (this.#inFlight > 0) {
      this.#reserveOwn(length);
      this.bytes.set(bytes, this.offset);
      this.commit(length);
    } else this.#share(bytes);
  }

  /** Forgets everything that is not in the transport's hands yet. What is left out are whole frames. */
  discard(): void {
    this.#room = undefined;
    this.#shared = undefined;
    this.#own = undefined;
    this.#pieces = undefined;
    this.total = this.sent + this.#inFlight;
    if (this.#inFlight > 0) return;
    this.oldestAt = undefined;
    this.#letGo();
  }

  /** Writes nothing more: the transport ends. What is in its hands stays there until `close`. */
  stop(): void {
    this.#stopped = true;
    this.#unwritten = undefined;
    this.bytes = NOTHING;
    this.discard();
    this.total = this.sent;
    this.oldestAt = undefined;
  }

  /** The transport has ended. */
  close(): void {
    this.stop();
    this.#inFlight = 0;
    this.#letGo();
  }

  /**
   * Sends what has been queued in this turn, without waiting for its end: the answers to what was read go out while they are in the
   * processor's cache, and the slab they lie in is free for the next connection's.
   */
  flushDue(): void {
    if (this.#asked) this.flush();
  }

  flush(): void {
    this.#asked = false;
    const stream = this.#stream;
    if (stream === undefined) return;
    while (!this.#stopped && this.#inFlight === 0) {
      if (this.#pieces !== undefined || (this.#room !== undefined && this.#to - this.#from > WRITE_BYTES)) {
        this.#seal(false);
        this.oldestAt = this.#pieces?.[0]?.at;
        this.#writeBatch(this.#takeBatch());
      } else {
        const piece = this.#takeRoom();
        if (piece === undefined) return;
        this.#inFlight = piece.length;
        this.#leftOver = false;
        this.progressAt = this.#clock.now;
        this.#writes++;
        if (stream.writeOne(piece)) this.#finishBatch();
        else this.#waitForWrite();
      }
    }
  }

  /** To be called when the stream has taken a write that it did not take at once. */
  onWritten(): void {
    if (this.#inFlight === 0 || this.#stopped) return;
    this.progressAt = this.#clock.now;
    this.#writeOn();
    this.flush();
  }

  #writeBatch(batch: Uint8Array[]): void {
    for (const piece of batch) this.#inFlight += piece.length;
    this.#unwritten = batch;
    this.progressAt = this.#clock.now;
    this.#writeOn();
  }

  /** Hands over what is in flight, portion by portion; the next when the stream has taken the one before. */
  #writeOn(): void {
    while (this.#unwritten !== undefined) {
      const portion = takePortion(this.#unwritten);
      if (portion === this.#unwritten) this.#unwritten = undefined;
      this.#writes++;
      // Taken at once, the common case: known now, and what is made next can use the shared slab.
      const taken = portion.length === 1 ? this.#stream!.writeOne(portion[0]!) : this.#stream!.write(portion);
      if (!taken) {
        this.#waitForWrite();
        return;
      }
      this.progressAt = this.#clock.now;
    }
    this.#finishBatch();
  }

  #waitForWrite(): void {
    if (this.#slab !== undefined) leave(this.#slab);
    this.#watchWrite(this.#writes);
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
    if (empty || !this.#leftOver) this.#letGo();
    if (empty) this.oldestAt = undefined;
    else this.oldestAt = this.#pieces?.[0]?.at ?? this.#roomAt;
    this.#owner.onProgress(this.sent);
    if (empty && this.total === this.sent) this.#owner.onDrained();
  }

  /** Pieces from the front up to BATCH_BYTES, cut only between frames. */
  #takeBatch(): Uint8Array[] {
    const pieces = this.#pieces!;
    let length = 0;
    let count = 0;
    while (count < pieces.length && (length < BATCH_BYTES || pieces[count - 1]!.more)) {
      length += pieces[count++]!.bytes.length;
    }
    let batch = pieces;
    this.#leftOver = count < pieces.length;
    if (count === pieces.length) this.#pieces = undefined;
    else batch = pieces.splice(0, count);
    return batch.map(({ bytes }) => bytes);
  }

  #reserveOwn(length: number): void {
    if (this.#own === undefined || this.#ownUsed + length > this.#own.length) {
      this.#seal(false);
      // Doubling, so that a long queue is few pieces; never beyond 16 KiB unless one frame needs it.
      const size = Math.min(OWN_BYTES, Math.max(1024, (this.#own?.length ?? 0) * 2));
      this.#own = Buffer.allocUnsafeSlow(Math.max(length, size));
      this.#ownUsed = 0;
    }
    this.bytes = this.#own;
    this.offset = this.#ownUsed;
  }

  /** The slab that was reserved has been filled up to `end`. */
  #hold(end: number): void {
    const slab = filling;
    slab.used = end;
    if (this.#slab !== undefined) return;
    this.#slab = slab;
    slab.holders++;
  }

  #letGo(): void {
    if (this.#slab === undefined) return;
    release(this.#slab);
    this.#slab = undefined;
  }

  #share(frame: Uint8Array): void {
    if (this.#shared !== undefined && this.#shared.length + frame.length <= JOIN_BYTES) {
      this.#shared = this.#shared.followedBy(frame);
    } else {
      this.#seal(false);
      this.#shared = SharedSequence.begin(frame);
      this.#roomAt = this.#clock.now;
    }
    this.#queued(frame.length);
  }

  #seal(more: boolean): void {
    const piece = this.#takeRoom();
    if (piece !== undefined) this.#push(piece, this.#roomAt, more);
  }

  /** The piece that was being filled, if there is one. */
  #takeRoom(): Uint8Array | undefined {
    const room = this.#room;
    if (room !== undefined) {
      this.#room = undefined;
      return new Uint8Array(room.buffer, room.byteOffset + this.#from, this.#to - this.#from);
    }
    const shared = this.#shared;
    this.#shared = undefined;
    return shared?.join();
  }

  #push(bytes: Uint8Array, at: number, more: boolean): void {
    const piece = { bytes, at, more };
    if (this.#pieces === undefined) this.#pieces = [piece];
    else this.#pieces.push(piece);
  }

  #queued(length: number): void {
    this.total += length;
    this.oldestAt ??= this.#pieces?.[0]?.at ?? this.#roomAt;
    this.#ask();
  }

  #ask(): void {
    if (this.#asked || this.#stopped || this.#inFlight > 0) return;
    this.#asked = true;
    flushSoon(this);
  }
}

/** Takes the first WRITE_BYTES from pieces; if there is less, `pieces` itself. A piece may be cut. */
function takePortion(pieces: Uint8Array[]): Uint8Array[] {
  let length = 0;
  let count = 0;
  while (count < pieces.length && length < WRITE_BYTES) length += pieces[count++]!.length;
  const beyond = length - WRITE_BYTES;
  if (beyond <= 0 && count === pieces.length) return pieces;
  const portion = pieces.splice(0, count);
  if (beyond > 0) {
    const cut = portion.pop()!;
    portion.push(cut.subarray(0, cut.length - beyond));
    pieces.unshift(cut.subarray(cut.length - beyond));
  }
  return portion;
}
