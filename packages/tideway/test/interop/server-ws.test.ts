import { wsClient } from "./peer/ws.js";
import { serverMatrix } from "./server-matrix.js";

serverMatrix(wsClient);
