// The floor of Node: public streams of node:net and no protocol at all. Whatever chunk comes is written back as it is; for
// a broadcast one frame made beforehand goes to everyone. The answer to the handshake is a constant.
import { createServer } from "node:net";
import process from "node:process";
import { job, ready } from "./control.mjs";

const ANSWER = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const sockets = new Set();
const message = Buffer.from(job.broadcast.message, "base64");
const all = Buffer.concat(Array.from({ length: 64 }, () => message));

const take =
  job.serve === "broadcast"
    ? (_socket, chunk) => {
        const messages = all.subarray(0, (chunk.length / job.broadcast.frame) * message.length);
        for (const socket of sockets) socket.write(messages);
      }
    : (socket, chunk) => socket.write(chunk);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  socket.on("close", () => sockets.delete(socket));
  socket.once("data", () => {
    socket.write(ANSWER);
    sockets.add(socket);
    socket.on("data", (chunk) => take(socket, chunk));
  });
});
server.listen(0, "127.0.0.1", () => {
  ready({ port: server.address().port, version: process.version, options: { noDelay: true } });
});
