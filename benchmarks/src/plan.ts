/** How a run is done. */
import type { FoundPeer } from "./install.js";
import type { Runtime } from "./peer.js";

/** What every measurement of a run has in common. */
export interface RunPlan {
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** Seconds of processor time that a program has spent on the load before it is measured. */
  readonly warmUp: number;
  /** Folders to load packages from. */
  readonly modules: readonly string[];
  /** What runs the programs. */
  readonly runtimes: { readonly [runtime in Runtime]: FoundPeer };
  /** For workloads over TLS. */
  readonly certificate: { readonly key: string; readonly cert: string } | undefined;
  /** Words that put a program on the core of the measured, or of the load; none where that cannot be done. */
  readonly pin: { readonly measured: readonly string[]; readonly load: readonly string[] };
  /** Folder for the CPU profiles of programs that run on Node; none are made without it. */
  readonly profiles?: string;
  /** Hears of what is going on. */
  readonly say: (text: string) => void;
}
