// Tideway as it was packed, with its default checks and limits.
import { createServer } from "node:net";
import { httpServer, job, listen, load, versionOf } from "./control.mjs";

const { WebSocketServer } = await load("tideway");
const COMPRESSION = {
  none: undefined,
  single: true,
  takeover: { serverNoContextTakeover: false },
  default: true,
};
const compression = job.variant === "level6" ? withLevel(6) : COMPRESSION[job.compression];
const options = {
  ...(compression !== undefined && { compression }),
  ...(job.variant === "view" && { binary: "view" }),
};
const server = new WebSocketServer({ ...options, message: handler(), ...(job.broadcast && { open: subscribe }) });
// "bare": no HTTP server at all.
const listener = job.variant === "bare" ? createServer() : httpServer();
server.attach(listener);
listen(listener, { version: versionOf("tideway"), options });

function handler() {
  if (job.broadcast) return (_socket, data) => void server.publish("all", data);
  if (job.variant === "async") return async (socket, data) => void socket.send(data);
  return (socket, data) => void socket.send(data);
}

function subscribe(socket) {
  socket.subscribe("all");
}

function withLevel(level) {
  const given = COMPRESSION[job.compression];
  return given === true ? { level } : { ...given, level };
}
