import { chromiumClient } from "./peer/chromium.js";
import { serverMatrix } from "./server-matrix.js";

serverMatrix(chromiumClient);
