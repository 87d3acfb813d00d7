/** The process that sweep-socket.test.ts attacks: an echo server that keeps count of everything. Never run by hand. */
import { readdirSync } from "node:fs";
import { type ServerSocket, WebSocketServer } from "tideway";

/** What it knows of itself. */
export interface Counts {
  readonly opens: number;
  readonly closes: number;
  readonly messages: number;
  readonly connections: number;
  readonly files: number;
  readonly rss: number;
  readonly faults: readonly string[];
}

const faults: string[] = [];
process.on("uncaughtException", (error) => faults.push(`uncaught: ${error.stack}`));
process.on("unhandledRejection", (reason) => faults.push(`unhandled: ${String(reason)}`));
process.on("warning", (warning) => faults.push(`warning: ${warning.message}`));

let opens = 0;
let closes = 0;
let messages = 0;
const open = new Set<ServerSocket<undefined>>();
const server = new WebSocketServer<undefined>({
  origins: "any",
  protocols: ["chat"],
  open(socket) {
    opens++;
    if (open.has(socket)) faults.push("opened twice");
    open.add(socket);
  },
  message(socket, data) {
    messages++;
    if (!open.has(socket)) faults.push("a message without an open connection");
    socket.send(data);
  },
  close(socket) {
    closes++;
    if (!open.delete(socket)) faults.push("closed without being open, or twice");
  },
});

process.on("message", () => {
  const counts: Counts = {
    opens,
    closes,
    messages,
    connections: server.connections,
    files: readdirSync("/proc/self/fd").length,
    rss: process.memoryUsage.rss(),
    faults,
  };
  process.send?.(counts);
});
process.on("disconnect", () => process.exit());

const { port } = await server.listen();
process.send?.(port);
