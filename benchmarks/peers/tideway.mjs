// Tideway as it was packed, with its default checks and limits.
import { job, load, ready, versionOf } from "./control.mjs";

const { WebSocketServer } = await load("tideway");
const broadcast = job.serve === "broadcast";
const options = job.variant === "view" ? { binary: "view" } : {};

const server = new WebSocketServer({ ...options, message: handler(), ...(broadcast && { open: subscribe }) });
const { port } = await server.listen();
ready({ port, version: versionOf("tideway"), options });

function handler() {
  if (broadcast) return (_socket, data) => void server.publish("all", data);
  if (job.variant === "async") return async (socket, data) => void socket.send(data);
  return (socket, data) => void socket.send(data);
}

function subscribe(socket) {
  socket.subscribe("all");
}
