import type { Role } from "../../dist/frame.js";

/** A deliberate fault: one change in one file of the built protocol core, or of the codec that it is given. */
export interface Fault {
  /** What is wrong with the core then. */
  readonly name: string;
  /** File below `dist/protocol`, or below the folder `room`. */
  readonly file: string;
  /** Folder below `dist`. Default: "protocol". */
  readonly room?: "protocol" | "node";
  /** Text of the file; occurs exactly once, or the fault cannot be planted any more. */
  readonly find: string;
  readonly replace: string;
  /** Ids of cases that must not pass with it. */
  readonly caughtBy: readonly string[];
  /** Role in which it is looked for. Default: server. */
  readonly role?: Role;
}
