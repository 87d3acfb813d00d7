// The client of undici, which is also that of Node itself.
import { driveWebSocket, load, versionOf } from "./control.mjs";

const { WebSocket } = (await load("undici")).default;
driveWebSocket(WebSocket, { version: versionOf("undici"), options: { binaryType: "arraybuffer" } });
