import type { Duplex } from "node:stream";
import { getSystemErrorName } from "node:util";
import { readArena } from "../arena.js";
import type { ByteStream, ByteStreamOwner } from "../byte-stream.js";
import {
  findBinding,
  type Request,
  type StreamBinding,
  type TakenHandle,
  type TcpHandle,
  takeHandle,
} from "./tcp-handle.js";

/** Bytes, and pieces, that are read ahead while the owner pauses: so that a reset or an end of the peer is noticed all the same. */
const AHEAD_BYTES = 64 * 1024;
const AHEAD_PIECES = 64;

/** libuv's numbers for the end of what the peer sends, for a connection that is gone already, and for reading that has begun already. */
const UV_EOF = -4095;
const ENOTCONN = "ENOTCONN";
const EALREADY = "EALREADY";

let binding: StreamBinding | false | undefined;
let state: Int32Array;
let readBytesOrError = 0;
let lastWriteWasAsync = 0;
/** A request that no write has kept: nearly every write is taken at once, and then the next can use it again. */
let spare: Request | undefined;
/** The same for all handles of this process. */
let owner: symbol;

/** Whether this runtime has what is needed: found out once, at the first call. */
export function hasTcpStream(): boolean {
  if (binding === undefined) {
    binding = findBinding() ?? false;
    if (binding) {
      state = binding.streamBaseState;
      readBytesOrError = binding.kReadBytesOrError;
      lastWriteWasAsync = binding.kLastWriteWasAsync;
    }
  }
  return binding !== false;
}

/**
 * A byte stream over the handle of a TCP connection or a pipe, without a socket. All connections read into one arena, so what is read is valid
 * during the call only, and an idle connection holds no memory for it.
 */
export class TcpStream implements ByteStream {
  destroyed = false;
  paused = true;

  readonly #handle: TcpHandle;
  readonly #server: TakenHandle["server"];
  #owner: ByteStreamOwner | undefined;
  #reading: boolean;
  /** The peer has ended its side. */
  #ended = false;
  #endTold = false;
  #shutdown: "no" | "asked" | "done" = "no";
  #closed = false;
  /** What was read while the owner paused, its own. */
  #ahead: Uint8Array[] | undefined;
  #aheadBytes = 0;
  #resuming = false;

  /** Part of `ByteStream`. Not a field: every connection would hold it. */
  get copies(): boolean {
    return true;
  }

  private constructor({ handle, server, early, ownerSymbol }: TakenHandle) {
    this.#handle = handle;
    this.#server = server;
    this.#reading = handle.reading === true;
    if (early.length > 0) this.#ahead = early;
    for (const piece of early) this.#aheadBytes += piece.length;
    handle[ownerSymbol] = this;
    handle.useUserBuffer(readArena);
    handle.onread = onRead;
  }

  /**
   * Takes the connection out of a socket: see `takeHandle`.
   * @returns undefined when that cannot be done; the stream is as it was
   */
  static take(stream: Duplex): TcpStream | undefined {
    if (!hasTcpStream()) return undefined;
    const taken = takeHandle(stream);
    if (taken === undefined) return undefined;
    owner = taken.ownerSymbol;
    const tcp = new TcpStream(taken);
    // Who still has the socket can still end the connection. The other way round nothing leads to the socket any more.
    stream._destroy = (error, done) => {
      tcp.destroy();
      done(error);
    };
    return tcp;
  }

  start(newOwner: ByteStreamOwner): void {
    this.#owner = newOwner;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused || this.destroyed) return;
    this.paused = false;
    if (this.#ahead !== undefined || (this.#ended && !this.#endTold)) this.#resumeSoon();
    else if (!this.#reading && !this.#ended) this.#read();
  }

  writeOne(piece: Uint8Array): boolean {
    if (this.destroyed) return false;
    const request = takeRequest();
    return this.#isTaken(request, this.#handle.writeBuffer(request, piece), piece);
  }

  write(pieces: readonly Uint8Array[]): boolean {
    if (this.destroyed) return false;
    const request = takeRequest();
    return this.#isTaken(request, this.#handle.writev(request, pieces, true), pieces);
  }

  end(): void {
    if (this.destroyed || this.#shutdown !== "no") return;
    this.#shutdown = "asked";
    const request = new (binding as StreamBinding).ShutdownWrap();
    request.oncomplete = onShutdown;
    const error = this.#handle.shutdown(request);
    // 1: done already.
    if (error === 1 || (error < 0 && getSystemErrorName(error) === ENOTCONN)) this.onShutdown(0);
    else if (error < 0) this.onShutdown(error);
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#ahead = undefined;
    this.#handle.close(onClosed);
    // As node:net has it: the server counts a socket until it is destroyed, not until that has been told.
    if (this.#server !== undefined) {
      this.#server._connections--;
      this.#server._emitCloseIfDrained();
    }
  }

  /** Part of the handle's callbacks: `length` bytes lie in the arena, or it is an error number. */
  onRead(length: number): void {
    if (this.destroyed || length === 0) return;
    if (length < 0) this.#onReadEnd(length);
    else if (this.paused || this.#ahead !== undefined) this.#keep(length);
    else this.#owner!.onBytes(readArena, 0, length, false);
  }

  /** Part of the handle's callbacks: a write that was not taken at once is done. */
  onWritten(status: number): void {
    if (this.destroyed) return;
    if (status < 0) this.#fail(status, "write");
    else this.#owner?.onWritten();
  }

  /** Part of the handle's callbacks. */
  onShutdown(status: number): void {
    if (this.destroyed) return;
    this.#shutdown = "done";
    if (status < 0) this.#fail(status, "shutdown");
    else if (this.#endTold) this.destroy();
  }

  /** Part of the handle's callbacks. */
  onClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner?.onClosed();
  }

  #isTaken(request: Request, error: number, pieces: readonly Uint8Array[] | Uint8Array): boolean {
    if (error !== 0) {
      this.#fail(error, "write");
      return false;
    }
    if (state[lastWriteWasAsync] === 0) {
      spare = request;
      return true;
    }
    request.pieces = pieces;
    return false;
  }

  #read(): void {
    this.#reading = true;
    const error = this.#handle.readStart();
    if (error < 0 && getSystemErrorName(error) !== EALREADY) this.#fail(error, "read");
  }

  #keep(length: number): void {
    this.#ahead ??= [];
    this.#ahead.push(readArena.slice(0, length));
    this.#aheadBytes += length;
    if (this.#aheadBytes < AHEAD_BYTES && this.#ahead.length < AHEAD_PIECES) return;
    this.#reading = false;
    const error = this.#handle.readStop();
    if (error < 0) this.#fail(error, "read");
  }

  #onReadEnd(error: number): void {
    if (error !== UV_EOF) {
      this.#fail(error, "read");
      return;
    }
    this.#ended = true;
    // libuv has ceased to read by itself.
    this.#reading = false;
    if (this.#ahead === undefined) this.#tellEnd();
  }

  #tellEnd(): void {
    this.#endTold = true;
    this.#owner!.onEnd();
    if (this.#shutdown === "done") this.destroy();
  }

  /** Tells what was read ahead, in a turn of its own: `resume` tells nothing within its call. */
  #resumeSoon(): void {
    if (this.#resuming) return;
    this.#resuming = true;
    process.nextTick(() => {
      this.#resuming = false;
      while (!this.paused && !this.destroyed && this.#ahead !== undefined) {
        const piece = this.#ahead.shift()!;
        this.#aheadBytes -= piece.length;
        if (this.#ahead.length === 0) this.#ahead = undefined;
        this.#owner!.onBytes(piece, 0, piece.length, true);
      }
      if (this.paused || this.destroyed) return;
      if (this.#ended) {
        if (!this.#endTold) this.#tellEnd();
      } else if (!this.#reading) this.#read();
    });
  }

  #fail(error: number, syscall: string): void {
    if (this.destroyed) return;
    this.#owner?.onError(systemError(error, syscall));
    this.destroy();
  }
}

function takeRequest(): Request {
  const request = spare ?? new (binding as StreamBinding).WriteWrap();
  spare = undefined;
  request.oncomplete = onWritten;
  return request;
}

/** The stream that a handle belongs to. */
function streamOf(handle: TcpHandle): TcpStream {
  return (handle as unknown as Record<symbol, TcpStream>)[owner]!;
}

function onRead(this: TcpHandle): void {
  streamOf(this).onRead(state[readBytesOrError]!);
}

function onWritten(this: Request, status: number, handle: TcpHandle): void {
  this.pieces = undefined;
  streamOf(handle).onWritten(status);
}

function onShutdown(this: Request, status: number, handle: TcpHandle): void {
  streamOf(handle).onShutdown(status);
}

function onClosed(this: TcpHandle): void {
  streamOf(this).onClosed();
}

/** As node:net makes it. */
function systemError(errno: number, syscall: string): Error {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`${syscall} ${code}`), { errno, code, syscall });
}
