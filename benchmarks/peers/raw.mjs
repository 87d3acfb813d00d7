// The floor of Node: public streams of node:net and no protocol at all. Whatever chunk comes is written back as it is; for
// a broadcast a frame made beforehand goes to everyone. The answer to the handshake is a constant.
import { createServer } from "node:net";
import process from "node:process";
import { createServer as createTlsServer } from "node:tls";
import { job, listen } from "./control.mjs";

const ANSWER = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const AT_ONCE = 64;
const sockets = new Set();
const take = job.broadcast ? broadcaster(job.broadcast) : (socket, chunk) => socket.write(chunk);

/** As many messages as there were requests, joined. */
function broadcaster({ message, request }) {
  const frame = Buffer.from(message, "base64");
  const frames = Buffer.concat(Array.from({ length: AT_ONCE }, () => frame));
  return (_socket, chunk) => {
    const joined = frames.subarray(0, (chunk.length / request) * frame.length);
    for (const socket of sockets) socket.write(joined);
  };
}

function serve(socket) {
  socket.on("error", () => {});
  socket.on("close", () => sockets.delete(socket));
  socket.once("data", () => {
    socket.write(ANSWER);
    sockets.add(socket);
    socket.on("data", (chunk) => take(socket, chunk));
  });
}

const options = { noDelay: true };
const server = job.tls ? createTlsServer({ ...job.tls, ...options }, serve) : createServer(options, serve);
listen(server, { version: process.versions.node, options });
