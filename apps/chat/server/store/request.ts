/** What the store and its worker thread say to each other: one group at a time there, its answers in the same order back. */
import type { Appended, Entry, History, HistoryQuery } from "./log.js";
import type { Bounds } from "./schema.js";

/** One thing asked of the database. */
export type Request =
  | { readonly kind: "append"; readonly entry: Entry }
  | { readonly kind: "find"; readonly client: string; readonly id: number }
  | { readonly kind: "read"; readonly query: HistoryQuery };

/** One answer, by the kind of its request. */
export type Answer = Appended | History | undefined;

/** To the worker. */
export type ToWorker = { readonly kind: "group"; readonly requests: readonly Request[] } | { readonly kind: "close" };

/** From the worker. `refused`: the file could not be opened. `failed`: the whole group was rolled back. */
export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "done"; readonly answers: readonly Answer[] }
  | { readonly kind: "failed"; readonly message: string };

/** What the worker is started with. */
export interface WorkerStart {
  readonly path: string;
  readonly bounds: Bounds;
}
