// The package ws. With WS_NO_BUFFER_UTIL in the environment it does without bufferutil.
import { httpServer, job, listen, load, versionOf } from "./control.mjs";

const {
  default: { WebSocketServer },
} = await load("ws");
const DEFLATE = {
  none: false,
  single: { serverNoContextTakeover: true, clientNoContextTakeover: true },
  takeover: { clientNoContextTakeover: true },
  default: true,
};
const options = { perMessageDeflate: DEFLATE[job.compression] };
const http = httpServer();
const server = new WebSocketServer({ server: http, ...options });

const message = job.broadcast
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
listen(http, { version: versionOf("ws"), options });
