import { chromiumClient } from "./chromium.js";
import { npmWebsocketClient, npmWebsocketServer } from "./npm-websocket.js";
import type { ClientPeer, ServerPeer } from "./peer.js";
import { pythonClient, pythonServer } from "./python.js";
import { undiciClient } from "./undici.js";
import { wsClient, wsServer } from "./ws.js";

/** All foreign clients. */
export const clientPeers: readonly ClientPeer[] = [
  wsClient,
  undiciClient,
  npmWebsocketClient,
  pythonClient,
  chromiumClient,
];

/** All foreign servers. */
export const serverPeers: readonly ServerPeer[] = [wsServer, npmWebsocketServer, pythonServer];
