// Echo servers with `ws`: one with room for the largest messages, one whose largest message is argument 1.
import { createRequire } from "node:module";
import { WebSocketServer } from "ws";

const { version } = createRequire(import.meta.url)("ws/package.json");

function echo(maxPayload) {
  return new Promise((resolve) => {
    const server = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      maxPayload,
      maxFragments: 100_000,
      maxBufferedChunks: 1_000_000,
      perMessageDeflate: { threshold: 0 },
    });
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.on("message", (data, binary) => socket.send(data, { binary }));
    });
    server.on("listening", () => resolve(`ws://127.0.0.1:${server.address().port}/`));
  });
}

const urls = [await echo(17 * 1024 * 1024), await echo(Number(process.argv[2]))];
process.stdout.write(`${JSON.stringify({ version, runtime: `Node ${process.versions.node}`, urls })}\n`);
process.stdin.resume().on("end", () => process.exit(0));
