/** The worker thread that owns the database: a group comes in, is committed, and its answers go out. */
import { parentPort, workerData } from "node:worker_threads";
import { ChatDatabase } from "./database.js";
import type { FromWorker, ToWorker, WorkerStart } from "./request.js";

const port = parentPort;
if (!port) throw new Error("this file is started as a worker thread");
const { path, bounds } = workerData as WorkerStart;
const say = (message: FromWorker): void => port.postMessage(message);

const database = open();
if (database) {
  say({ kind: "ready" });
  port.on("message", (message: ToWorker) => {
    if (message.kind === "close") {
      database.close();
      port.close();
      return;
    }
    try {
      say({ kind: "done", answers: database.apply(message.requests) });
    } catch (error) {
      say({ kind: "failed", message: textOf(error) });
    }
  });
}

function open(): ChatDatabase | undefined {
  try {
    return new ChatDatabase(path, bounds);
  } catch (error) {
    say({ kind: "refused", message: textOf(error) });
    return undefined;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
