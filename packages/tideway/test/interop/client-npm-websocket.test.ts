import { clientMatrix } from "./client-matrix.js";
import { npmWebsocketServer } from "./peer/npm-websocket.js";

clientMatrix(npmWebsocketServer);
