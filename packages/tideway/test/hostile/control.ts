/** A well-behaved connection in a thread of its own: pings all the time and measures how long the answers take. Run by harness.ts. */
import { createConnection } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { masked, PING, upgradeRequest } from "../node/raw-peer.js";

const times: number[] = [];
const socket = createConnection({ port: workerData as number, host: "127.0.0.1", noDelay: true });
let sentAt = 0;
let opened = false;
let failed: string | undefined;

const ping = () => {
  sentAt = performance.now();
  socket.write(masked(PING, "ok"));
};
socket.on("error", (error) => {
  failed = error.message;
});
socket.write(upgradeRequest());
// The answers are whole: a ping goes out only when the last one was answered, and nothing else is sent to us.
socket.on("data", () => {
  if (opened) times.push(performance.now() - sentAt);
  else parentPort?.postMessage("open");
  opened = true;
  setTimeout(ping, 5);
});
parentPort?.on("message", () => {
  const closed = failed ?? (socket.readableEnded ? "the server ended it" : undefined);
  // The answer that is still out counts too.
  times.push(performance.now() - sentAt);
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))]!;
  parentPort?.postMessage({ closed, count: times.length, p50: at(0.5), p99: at(0.99), max: times.at(-1) });
  parentPort?.close();
  socket.destroy();
});
