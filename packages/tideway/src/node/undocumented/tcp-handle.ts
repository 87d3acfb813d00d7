/**
 * The native object behind a `net.Socket`, taken out of it and used directly: no Readable, no Writable, no memory for each read, and nothing
 * of the socket kept (docs/decisions/0009-fast-transport.md tells what that is worth). What is used beyond the documented API:
 *
 * - `socket._handle`, with `onread`, `useUserBuffer`, `readStart`, `readStop`, `writeBuffer`, `writev`, `shutdown`, `close`, `reading`, and the
 *   symbol `owner_symbol` by which it refers to its socket;
 * - `process.binding("stream_wrap")`: `WriteWrap`, `ShutdownWrap`, and `streamBaseState`, numbers that a call leaves behind;
 * - `socket._server` with `_connections` and `_emitCloseIfDrained`, by which a server knows when it has closed.
 *
 * Risk: all of it may change without notice, and a wrong argument would end the process instead of throwing. Therefore only versions of
 * Node that this was tested on are tried at all, the shape of everything is looked at before anything is called, and a socket about
 * which anything is unusual stays what it was. The documented streams are always there instead, and pass the same tests.
 */
import { Socket } from "node:net";
import { isTestedNode } from "./kept-zlib.js";

/** A request to write or to end, as the native side knows it. */
export interface Request {
  oncomplete: (this: Request, status: number, handle: TcpHandle) => void;
  /** What must not be collected while the request is under way. */
  pieces: readonly Uint8Array[] | Uint8Array | undefined;
}

/** A TCP connection or a pipe. Numbers that are returned are 0 or negative error numbers. */
export interface TcpHandle {
  onread: (this: TcpHandle) => void;
  readonly reading?: boolean;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  writeBuffer(request: Request, piece: Uint8Array): number;
  writev(request: Request, pieces: readonly Uint8Array[], allBuffers: true): number;
  shutdown(request: Request): number;
  close(then: (this: TcpHandle) => void): void;
}

/** A `net.Server`, as it counts its connections. */
interface CountingServer {
  _connections: number;
  _emitCloseIfDrained(): void;
}

/** What is inside a `net.Socket`. */
interface Inside {
  _handle: (TcpHandle & Record<symbol, unknown>) | null;
  _server: CountingServer | null;
  _destroy: (error: Error | null, done: (error?: Error | null) => void) => void;
  readonly _readableState?: { readonly ended?: boolean };
}

/** What the native side offers. */
export interface StreamBinding {
  readonly WriteWrap: new () => Request;
  readonly ShutdownWrap: new () => Request;
  readonly streamBaseState: Int32Array;
  /** Places in `streamBaseState`. */
  readonly kReadBytesOrError: number;
  readonly kLastWriteWasAsync: number;
}

/** A handle that has been taken out of its socket. */
export interface TakenHandle {
  readonly handle: TcpHandle & Record<symbol, unknown>;
  /** By this the handle refers to its owner. */
  readonly ownerSymbol: symbol;
  /** To be called when the handle is closed: the server that accepted the connection counts it no more. */
  readonly server: CountingServer | undefined;
  /** What had been read of the connection and not been taken by anybody, in order. */
  readonly early: Uint8Array[];
}

const METHODS = ["useUserBuffer", "readStart", "readStop", "writeBuffer", "writev", "shutdown", "close"] as const;

/** Listeners of ours that may stay on a socket when its handle is taken: they have nothing to hear then. */
const harmless = new WeakSet<object>();

/** Marks a listener of ours: a socket that has it can still be taken. @returns the listener */
export function harmlessListener<Listener extends (...given: never[]) => void>(listener: Listener): Listener {
  harmless.add(listener);
  return listener;
}

/** The binding, if this runtime has what is needed. Costs next to nothing and does not throw. */
export function findBinding(): StreamBinding | undefined {
  // On Windows reads work in another way, which was not tried.
  if (process.platform === "win32" || !isTestedNode(process.versions) || warnsOfBindings()) return undefined;
  try {
    const found = (process as unknown as { binding(name: string): Partial<StreamBinding> }).binding("stream_wrap");
    const { WriteWrap, ShutdownWrap, streamBaseState: state, kReadBytesOrError, kLastWriteWasAsync } = found;
    const places = [kReadBytesOrError, kLastWriteWasAsync];
    const expected =
      state instanceof Int32Array &&
      places.every((place) => typeof place === "number" && place >= 0 && place < state.length) &&
      new WriteWrap!() !== undefined &&
      new ShutdownWrap!() !== undefined;
    return expected ? (found as StreamBinding) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether Node was asked to warn of what may be deprecated one day, `process.binding` among it. With `--throw-deprecation` that ends the process. */
function warnsOfBindings(): boolean {
  const { NODE_OPTIONS = "", NODE_PENDING_DEPRECATION } = process.env;
  const options = [...process.execArgv, ...NODE_OPTIONS.split(/\s+/)];
  return NODE_PENDING_DEPRECATION === "1" || options.some((option) => /^--pending[-_]deprecation$/.test(option));
}

/**
 * Takes the handle out of a socket whose opening handshake is done. The socket is an empty shell then: it hears nothing, holds nothing, and
 * when somebody who still has it destroys it, `onShellDestroyed` is called.
 * @returns undefined when it cannot safely be taken; the socket is as it was
 */
export function takeHandle(socket: unknown): TakenHandle | undefined {
  // Exactly a net.Socket: not a TLSSocket, nor whatever an application made of it.
  if (!(socket instanceof Socket) || Object.getPrototypeOf(socket) !== Socket.prototype) return undefined;
  const inside = socket as unknown as Inside;
  const handle = inside._handle;
  if (handle === null || !isQuiet(socket) || !isHeardByNobody(socket)) return undefined;
  const ownerSymbol = Object.getOwnPropertySymbols(handle).find(({ description }) => description === "owner_symbol");
  if (ownerSymbol === undefined || handle[ownerSymbol] !== socket) return undefined;
  if (!METHODS.every((name) => typeof handle[name] === "function")) return undefined;
  const server = inside._server;
  if (
    server !== null &&
    !(typeof server?._connections === "number" && typeof server._emitCloseIfDrained === "function")
  ) {
    return undefined;
  }
  const early: Uint8Array[] = [];
  while (socket.readableLength > 0) early.push(socket.read() as Buffer);
  socket.setTimeout(0);
  // Whatever becomes of the shell is of no interest, and must not end the process.
  socket.on("error", ignore);
  inside._handle = null;
  inside._server = null;
  return { handle, ownerSymbol, server: server ?? undefined, early };
}

/** Nothing is under way on it. */
function isQuiet(socket: Socket): boolean {
  const {
    connecting,
    destroyed,
    writableEnded,
    writableLength,
    writableCorked,
    readableEncoding,
    readableObjectMode,
    errored,
  } = socket;
  // `errored`: an error that is to be told in the next turn must find who hears it.
  const idle =
    errored === null && !connecting && !destroyed && !writableEnded && writableLength === 0 && writableCorked === 0;
  // An end that has been read but not been told must be told by who read it.
  const ended = (socket as unknown as Inside)._readableState?.ended !== false;
  return idle && !ended && socket.allowHalfOpen && readableEncoding === null && !readableObjectMode;
}

/** Its only listeners are Node's own and those of ours that have nothing to hear any more: an application that listens wants the socket. */
function isHeardByNobody(socket: Socket): boolean {
  for (const event of socket.eventNames()) {
    for (const listener of socket.rawListeners(event)) {
      const own = event === "end" && listener.name === "onReadableStreamEnd";
      if (!own && !harmless.has(listener)) return false;
    }
  }
  return true;
}

function ignore(): void {
  // See where it is used.
}
