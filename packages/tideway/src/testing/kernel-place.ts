/**
 * The kernels of this runtime, each with the memory it works in: what depends on a kernel has to come out alike on all of them.
 */
import { readArena } from "../node/arena.js";
import { WasmKernel } from "../node/kernel/node-kernel.js";
import { type Kernel, portableKernel } from "../protocol/kernel.js";

/** A kernel, and a memory to try it in. */
export interface KernelPlace {
  readonly name: string;
  readonly kernel: Kernel;
  /** A copy of the bytes in that memory, good until the next call. What is too large for it is copied to ordinary memory. */
  place(bytes: Uint8Array): Uint8Array;
}

/** Into the arena, at an offset that is a multiple of nothing: what lies there in earnest is not aligned either. */
function intoArena(bytes: Uint8Array): Uint8Array {
  const offset = 3 + (bytes.length % 29);
  if (offset + bytes.length > readArena.length) return new Uint8Array(bytes);
  readArena.set(bytes, offset);
  return readArena.subarray(offset, offset + bytes.length);
}

const wasm = WasmKernel.open();

/** Plain TypeScript; and where WebAssembly runs, the kernel of Node in its arena and elsewhere. */
export const kernelPlaces: readonly KernelPlace[] = [
  { name: "portable", kernel: portableKernel, place: (bytes) => new Uint8Array(bytes) },
  ...(wasm === undefined
    ? []
    : [
        { name: "wasm in the arena", kernel: wasm, place: intoArena },
        { name: "wasm elsewhere", kernel: wasm, place: (bytes: Uint8Array) => new Uint8Array(bytes) },
      ]),
];
