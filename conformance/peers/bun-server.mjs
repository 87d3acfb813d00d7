// Echo servers with Bun: one with room for the largest messages, one whose largest message is argument 1.
const echo = (maxPayloadLength) => {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("WebSocket only\n", { status: 400 })),
    websocket: {
      maxPayloadLength,
      // Transfers of the suite are echoed while they arrive; by default what waits beyond 16 MiB is dropped.
      backpressureLimit: 256 * 1024 * 1024,
      perMessageDeflate: true,
      message: (socket, data) => void socket.send(data, true),
    },
  });
  return `ws://127.0.0.1:${server.port}/`;
};

const urls = [echo(17 * 1024 * 1024), echo(Number(process.argv[2]))];
process.stdout.write(`${JSON.stringify({ version: Bun.version, runtime: `Bun ${Bun.version}`, urls })}\n`);
process.stdin.resume().on("end", () => process.exit(0));
