// The package websocket. Unless told otherwise it takes frames of 64 KiB at most, and sends long messages in pieces.
import { httpServer, job, listen, load, versionOf } from "./control.mjs";

const {
  default: { server: WebSocketServer },
} = await load("websocket");
const options = { maxReceivedFrameSize: 2 ** 20, fragmentOutgoingMessages: false, autoAcceptConnections: true };
const http = httpServer();
const server = new WebSocketServer({ httpServer: http, ...options });

server.on("connect", (connection) => {
  connection.on("error", () => {});
  connection.on("message", ({ type, utf8Data, binaryData }) => {
    const to = job.broadcast ? server.connections : [connection];
    for (const each of to) {
      if (type === "utf8") each.sendUTF(utf8Data);
      else each.sendBytes(binaryData);
    }
  });
});
listen(http, { version: versionOf("websocket"), options });
