/** In the place of the store's worker: says that it is ready, and dies of the first thing it is asked. */
import { parentPort } from "node:worker_threads";

parentPort?.on("message", () => {
  throw new Error("the disk is on fire");
});
parentPort?.postMessage({ kind: "ready" });
