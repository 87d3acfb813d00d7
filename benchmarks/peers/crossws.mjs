// The package crossws with its adapter for Node.
import { httpServer, job, listen, load, versionOf } from "./control.mjs";

const { default: adapter } = await load("crossws/adapters/node");
const peers = new Set();
const sockets = adapter({
  hooks: {
    open: (peer) => void peers.add(peer),
    close: (peer) => void peers.delete(peer),
    error: () => {},
    message(peer, message) {
      const data = message.rawData;
      if (job.broadcast) for (const each of peers) each.send(data);
      else peer.send(data);
    },
  },
});
const http = httpServer();
http.on("upgrade", (request, stream, head) => sockets.handleUpgrade(request, stream, head));
listen(http, { version: versionOf("crossws"), options: {} });
