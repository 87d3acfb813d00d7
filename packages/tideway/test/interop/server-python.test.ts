import { pythonClient } from "./peer/python.js";
import { serverMatrix } from "./server-matrix.js";

serverMatrix(pythonClient);
