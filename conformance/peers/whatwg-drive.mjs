// Drives a client with the WHATWG interface: node whatwg-drive.mjs ws|undici|websocket JUDGE AGENT LIMIT CONCURRENCY;
// bun or deno instead of a package: the class that this runtime has built in
import { createRequire } from "node:module";
import process from "node:process";
import { drive } from "../dist/client-driver.js";

const [name, url, agent, limit, concurrency] = process.argv.slice(2);
const require = createRequire(import.meta.url);
// Node names the undici that is built into it, too.
const builtIn = name === "bun" || name === "deno" ? process.versions[name] : undefined;
const version = builtIn ?? require(`${name}/package.json`).version;
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
const own = (target, protocols) => new WebSocket(target, protocols);

// A client that throws where nobody can catch it is judged by its case, not by the end of the whole run.
process.on("uncaughtException", (error) => process.stderr.write(`uncaught: ${error.message}\n`));
const runtime = builtIn ? `${name[0].toUpperCase()}${name.slice(1)} ${version}` : `Node ${process.versions.node}`;
process.stdout.write(`${JSON.stringify({ version, runtime })}\n`);
const open = builtIn ? own : openers[name](require(name));
const limited = name === "ws" || name === "websocket";
await drive({ url, agent, open, concurrency: Number(concurrency), limited });
process.exit(0);
