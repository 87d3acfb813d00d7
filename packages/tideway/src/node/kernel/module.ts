import { memory, webAssembly } from "./memory.js";
import { WASM_BASE64 } from "./wasm-bytes.js";

/** What kernel.wat exports. Offsets count from the beginning of the memory. */
export interface KernelModule {
  /** Masks in place; see `Kernel.mask`. @returns 1 when the octets are ASCII afterwards, else 0 */
  mask(start: number, end: number, key: number, phase: number): number;
  /** See `Kernel.validateUtf8`. */
  validateUtf8(state: number, start: number, end: number): number;
}

/** Where the kernel may put bytes from outside of the memory: page 0 less the table at its beginning. */
export const SCRATCH_START = 4096;

function instantiate(): KernelModule | undefined {
  if (webAssembly === undefined || memory === undefined) return undefined;
  try {
    // At once, not in a promise: it is one and a half kilobytes, and takes less than a millisecond.
    const module = new webAssembly.Module(Buffer.from(WASM_BASE64, "base64"));
    return new webAssembly.Instance(module, { tideway: { memory } }).exports as KernelModule;
  } catch {
    // A processor without the vector instructions that SIMD needs.
    return undefined;
  }
}

/** The module over `arenaBuffer`, or undefined where it does not run. */
export const kernelModule: KernelModule | undefined = instantiate();
