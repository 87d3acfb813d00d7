// The package ws. With WS_NO_BUFFER_UTIL in the environment it does without bufferutil.
import { job, load, ready, versionOf } from "./control.mjs";

const {
  default: { WebSocketServer },
} = await load("ws");
const options = { perMessageDeflate: false };
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });

const message =
  job.serve === "broadcast"
    ? (data, binary) => {
        for (const client of server.clients) client.send(data, { binary });
      }
    : function echo(data, binary) {
        this.send(data, { binary });
      };

server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", message);
});
server.on("listening", () => ready({ port: server.address().port, version: versionOf("ws"), options }));
