import { undiciClient } from "./peer/undici.js";
import { serverMatrix } from "./server-matrix.js";

serverMatrix(undiciClient);
