import { clientMatrix } from "./client-matrix.js";
import { wsServer } from "./peer/ws.js";

clientMatrix(wsServer);
