/**
 * The one memory that the kernel's WebAssembly module works in, and that `node/arena.ts` cuts its read buffer and output slab from: what lies
 * in it is masked and checked where it lies.
 */

/** A page of WebAssembly. */
export const PAGE: number = 65_536;
/** Page 0 is the kernel's own: what it is asked to do with bytes elsewhere it does there. The arena begins behind it. */
export const ARENA_START: number = PAGE;
const PAGES = 8;

/** The little that is used of the global `WebAssembly`. Declared here: the types of Node 20 do not have it. */
export interface WebAssemblyApi {
  readonly Memory: new (size: { initial: number; maximum: number }) => WebAssemblyMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Record<string, Record<string, object>>,
  ) => { readonly exports: unknown };
}
export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

/** Missing where the engine may not make machine code (`node --jitless`). */
export const webAssembly: WebAssemblyApi | undefined = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;

function makeMemory(): WebAssemblyMemory | undefined {
  try {
    // As large at first as it may ever be: a memory that grows takes its buffer away from under every view.
    return webAssembly && new webAssembly.Memory({ initial: PAGES, maximum: PAGES });
  } catch {
    // The engine reserves gigabytes of address space around a memory; a process under `ulimit -v` may not have them.
    return undefined;
  }
}

/** Undefined where there is no WebAssembly. */
export const memory: WebAssemblyMemory | undefined = makeMemory();

/** The buffer to cut the arena from, [ARENA_START, byteLength). It lives as long as the process and cannot be detached. */
export const arenaBuffer: ArrayBuffer = memory?.buffer ?? new ArrayBuffer(PAGES * PAGE);
