// The client of ws, with its own events. With WS_NO_BUFFER_UTIL in the environment it does without bufferutil.
import { drive, load, versionOf } from "./control.mjs";

const { default: WebSocket } = await load("ws");
const options = { perMessageDeflate: false };
const connect = (url, onMessage) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, options);
    socket.on("message", onMessage);
    socket.on("open", () => resolve(socket));
    socket.on("error", reject);
  });
drive(connect, { version: versionOf("ws"), options });
