// Echo servers with the npm package `websocket`: one with room for the largest messages, one whose largest message is argument 1.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import websocket from "websocket";

const { version } = createRequire(import.meta.url)("websocket/package.json");

// A request with a malformed subprotocol throws where nobody can catch it and would end the process; the case is judged, the others go on.
process.on("uncaughtException", (error) => process.stderr.write(`uncaught: ${error.message}\n`));

function echo(size) {
  return new Promise((resolve) => {
    const httpServer = createServer((_request, response) => response.writeHead(404).end());
    const server = new websocket.server({
      httpServer,
      autoAcceptConnections: true,
      maxReceivedFrameSize: size,
      maxReceivedMessageSize: size,
      fragmentOutgoingMessages: false,
    });
    server.on("connect", (connection) => {
      connection.on("error", () => {});
      connection.on("message", (message) => {
        if (message.type === "utf8") connection.sendUTF(message.utf8Data);
        else connection.sendBytes(message.binaryData);
      });
    });
    httpServer.listen(0, "127.0.0.1", () => resolve(`ws://127.0.0.1:${httpServer.address().port}/`));
  });
}

const urls = [await echo(17 * 1024 * 1024), await echo(Number(process.argv[2]))];
process.stdout.write(`${JSON.stringify({ version, runtime: `Node ${process.versions.node}`, urls })}\n`);
process.stdin.resume().on("end", () => process.exit(0));
