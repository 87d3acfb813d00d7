// Records the conversations of fuzz/sweep/recorded.json: real clients of several makers talk to our server through a relay that
// keeps every byte of both directions. To be run again only when a conversation is to be added: the recording is data.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect as connectTcp, createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocket as OurClient, WebSocketServer } from "tideway";
import { WebSocket as UndiciClient } from "undici";
import npmWebsocket from "websocket";
import WsClient from "ws";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

const server = new WebSocketServer({
  origins: "any",
  protocols: ["chat"],
  open(socket) {
    if (socket.path === "/greeting") socket.send("welcome");
    if (socket.path === "/pinging") socket.ping(Uint8Array.of(1, 2, 3));
  },
  message(socket, data) {
    if (data === "close me") socket.close(4000, "asked for");
    else if (data === "in pieces")
      for (const [i, piece] of ["in ", "pie", "ces"].entries()) socket.sendPiece(piece, i === 2);
    else socket.send(data);
  },
});
const { port } = await server.listen();

/** Path, subprotocols, what the client sends (its echo is awaited), and how it ends. */
const SCRIPTS = [
  {
    name: "echo of text",
    path: "/",
    sends: ["hello", "h\u00e9llo \u20ac \u{1f389}"],
    end: (client) => client.close(1000, "done"),
  },
  {
    name: "binary around a boundary",
    path: "/",
    sends: [0, 1, 125, 126].map((n) => new Uint8Array(n).fill(n)),
    end: (client) => client.close(),
  },
  { name: "the server closes", path: "/greeting", sends: ["close me"], end: () => {} },
  {
    name: "a subprotocol and a fragmented answer",
    path: "/room?x=1",
    protocols: ["chat", "other"],
    sends: ["in pieces"],
    end: (client) => client.close(3001, "b\u00fct"),
  },
  { name: "the server pings", path: "/pinging", sends: ["a", "b", "c"], end: (client) => client.close(1000) },
];

const MAKERS = {
  ws: (url, protocols) => new WsClient(url, protocols),
  undici: (url, protocols) => new UndiciClient(url, protocols),
  websocket: (url, protocols) => new npmWebsocket.w3cwebsocket(url, protocols),
  tideway: (url, protocols) => new OurClient(url, protocols),
};

const recorded = [];
for (const [maker, make] of Object.entries(MAKERS)) {
  for (const script of SCRIPTS) {
    const { fromClient, fromServer } = await record(make, script);
    recorded.push({ name: `${maker}: ${script.name}`, receiver: "server", hex: fromClient.toString("hex") });
    recorded.push({ name: `${maker}: ${script.name}`, receiver: "client", hex: fromServer.toString("hex") });
  }
}
await server.close();
writeFileSync(join(root, "fuzz/sweep/recorded.json"), `${JSON.stringify(recorded, null, 2)}\n`);
console.log(`${recorded.length} conversations, ${recorded.reduce((sum, { hex }) => sum + hex.length / 2, 0)} bytes`);

async function record(make, { path, protocols = [], sends, end }) {
  const parts = { fromClient: [], fromServer: [] };
  const relay = createServer((near) => {
    const far = connectTcp(port, "127.0.0.1");
    near.on("data", (bytes) => parts.fromClient.push(bytes) && far.write(bytes)).on("end", () => far.end());
    far.on("data", (bytes) => parts.fromServer.push(bytes) && near.write(bytes)).on("end", () => near.end());
    for (const socket of [near, far]) socket.on("error", () => {});
  });
  await once(relay.listen(0, "127.0.0.1"), "listening");
  const client = make(`ws://127.0.0.1:${relay.address().port}${path}`, protocols);
  client.binaryType = "arraybuffer";
  const waiting = [];
  const arrived = [];
  client.onmessage = ({ data }) => (waiting.length > 0 ? waiting.shift()(data) : arrived.push(data));
  const closed = new Promise((done) => {
    client.onclose = done;
  });
  await new Promise((done, failed) => {
    client.onopen = done;
    client.onerror = failed;
  });
  client.onerror = null;
  if (path === "/greeting") await next();
  for (const data of sends) {
    client.send(data);
    if (data !== "close me") await next();
  }
  end(client);
  await closed;
  relay.close();
  return { fromClient: Buffer.concat(parts.fromClient), fromServer: Buffer.concat(parts.fromServer) };

  function next() {
    return arrived.length > 0 ? arrived.shift() : new Promise((done) => waiting.push(done));
  }
}
