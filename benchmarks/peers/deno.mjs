// Deno's own server.
import { job, ready } from "./control.mjs";

const sockets = new Set();
const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => sockets.add(socket);
  socket.onclose = () => sockets.delete(socket);
  socket.onerror = () => {};
  socket.onmessage = ({ data }) => {
    if (job.broadcast) for (const each of sockets) each.send(data);
    else socket.send(data);
  };
  return response;
});
ready({ port: server.addr.port, version: Deno.version.deno, options: {} });
