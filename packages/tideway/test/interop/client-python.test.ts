import { clientMatrix } from "./client-matrix.js";
import { pythonServer } from "./peer/python.js";

clientMatrix(pythonServer);
