import { allCases } from "./matrix.js";
import { wsClient } from "./peer/ws.js";
import { serverMatrix } from "./server-matrix.js";
import { textFragmentCases } from "./text-fragment-cases.js";

serverMatrix(wsClient, [...allCases, ...textFragmentCases]);
