/**
 * The server that clients are measured against: a program of its own that knows the one message they send, and so answers with
 * frames made beforehand, as many as came. Its argument is the workload.
 */
import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { answerLines } from "./answer.js";
import { exchangeOf } from "./exchange.js";
import { repeated, sizeCounter } from "./frame.js";
import type { Workload } from "./workload.js";

const workload = JSON.parse(process.argv[2] ?? "") as Workload;
const { request, reply } = exchangeOf("websocket", workload);
const replies = repeated(reply, workload.inFlight);

/** RFC 6455 §4.2.2, item 5.4. */
function acceptOf(head: string): string {
  const key = /^Sec-WebSocket-Key: *(\S+)/im.exec(head)?.[1] ?? "";
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

function serve(socket: Socket): void {
  const count = sizeCounter(request.length);
  socket.on("error", () => {});
  socket.once("data", (head) => {
    const accept = acceptOf(head.toString("latin1"));
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on("data", (chunk) => {
      const messages = count(chunk.length, chunk);
      if (messages > 0) socket.write(replies.subarray(0, messages * reply.length));
    });
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, "127.0.0.1", () => void answerLines({}, { port: (server.address() as AddressInfo).port }));
