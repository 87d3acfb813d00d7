// Tideway's client: the browser's surface, or "connect" with promises and streams.
import process from "node:process";
import { drive, driveWebSocket, job, load, versionOf } from "./control.mjs";

const { connect, WebSocket } = await load("tideway");
const about = { version: versionOf("tideway"), options: {} };
if (job.variant === "connect") drive(open, about);
else driveWebSocket(WebSocket, { ...about, options: { binaryType: "arraybuffer" } });

async function open(url, onMessage) {
  const connection = await connect(url);
  let closing = false;
  // What reflects frames does not take part in a closing handshake; the next measurement goes on meanwhile.
  listen(connection, onMessage).catch((error) => closing || fail(error));
  return {
    send: (message) => connection.send(message),
    close() {
      closing = true;
      connection.close().catch(() => {});
    },
  };
}

async function listen(connection, onMessage) {
  for await (const _message of connection) onMessage();
}

/** A connection that was lost makes the figure worthless. */
function fail(error) {
  process.nextTick(() => {
    throw error;
  });
}
