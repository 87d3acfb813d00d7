import { npmWebsocketClient } from "./peer/npm-websocket.js";
import { serverMatrix } from "./server-matrix.js";

serverMatrix(npmWebsocketClient);
