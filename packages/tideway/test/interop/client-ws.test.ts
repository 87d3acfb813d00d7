import { clientMatrix } from "./client-matrix.js";
import { allCases } from "./matrix.js";
import { wsServer } from "./peer/ws.js";
import { textFragmentCases } from "./text-fragment-cases.js";

clientMatrix(wsServer, [...allCases, ...textFragmentCases]);
