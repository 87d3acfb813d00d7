// Echo server with Deno. It has no option for its largest message.
import process from "node:process";

const handler = (request) => {
  try {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => socket.readyState === WebSocket.OPEN && socket.send(data);
    socket.onerror = () => {};
    return response;
  } catch (error) {
    // It refuses a request by throwing.
    return new Response(`${error.message}\n`, { status: 400 });
  }
};

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
const urls = [`ws://127.0.0.1:${server.addr.port}/`];
const version = Deno.version.deno;
process.stdout.write(`${JSON.stringify({ version, runtime: `Deno ${version}`, urls })}\n`);
process.stdin.resume().on("end", () => process.exit(0));
