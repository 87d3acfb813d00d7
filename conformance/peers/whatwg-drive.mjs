// Drives a client with the WHATWG interface: node whatwg-drive.mjs ws|undici|websocket JUDGE AGENT LIMIT CONCURRENCY
import { createRequire } from "node:module";
import { drive } from "../dist/client-driver.js";

const [name, url, agent, limit, concurrency] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const { version } = require(`${name}/package.json`);
const room = 17 * 1024 * 1024;
const largest = (target) => (target.includes("limit=") ? Number(limit) : room);

const openers = {
  ws: (WebSocket) => (target, protocols) =>
    new WebSocket(target, protocols, {
      maxPayload: largest(target),
      maxFragments: 100_000,
      maxBufferedChunks: 1_000_000,
    }),
  undici:
    ({ WebSocket }) =>
    (target, protocols) =>
      new WebSocket(target, { protocols }),
  websocket:
    ({ w3cwebsocket }) =>
    (target, protocols) =>
      new w3cwebsocket(target, protocols.length > 0 ? protocols : undefined, undefined, undefined, undefined, {
        maxReceivedFrameSize: largest(target),
        maxReceivedMessageSize: largest(target),
        fragmentOutgoingMessages: false,
      }),
};

// A client that throws where nobody can catch it is judged by its case, not by the end of the whole run.
process.on("uncaughtException", (error) => process.stderr.write(`uncaught: ${error.message}\n`));
process.stdout.write(`${JSON.stringify({ version })}\n`);
const open = openers[name](require(name));
await drive({ url, agent, open, concurrency: Number(concurrency), limited: name !== "undici" });
process.exit(0);
