// The package faye-websocket.
import { httpServer, job, listen, load, versionOf } from "./control.mjs";

const { default: WebSocket } = await load("faye-websocket");
const http = httpServer();
const sockets = new Set();

http.on("upgrade", (request, stream, head) => {
  const socket = new WebSocket(request, stream, head);
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  socket.on("message", ({ data }) => {
    if (job.broadcast) for (const each of sockets) each.send(data);
    else socket.send(data);
  });
});
listen(http, { version: versionOf("faye-websocket"), options: {} });
