// Bun's own server.
import { job, ready } from "./control.mjs";

const DEFLATE = {
  none: false,
  single: { compress: "shared", decompress: "shared" },
  takeover: { compress: "dedicated", decompress: "shared" },
  default: true,
};
const options = { perMessageDeflate: DEFLATE[job.compression] };
const compress = job.compression !== "none";

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  ...(job.tls && { tls: job.tls }),
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("", { status: 426 })),
  websocket: {
    ...options,
    open(socket) {
      if (job.broadcast) socket.subscribe("all");
    },
    message(socket, data) {
      if (!job.broadcast) return void socket.send(data, compress);
      // `server.publish` would go out with the next event only.
      socket.publish("all", data);
      socket.send(data);
    },
  },
});
ready({ port: server.port, version: Bun.version, options });
