import { fuzz as closePayload } from "./close-payload.js";
import { fuzz as extensionHeader } from "./extension-header.js";
import { fuzz as frameDecoderClient } from "./frame-decoder-client.js";
import { fuzz as frameDecoderServer } from "./frame-decoder-server.js";
import { fuzz as headRequest } from "./head-request.js";
import { fuzz as headResponse } from "./head-response.js";
import { fuzz as inflate } from "./inflate.js";
import { fuzz as origin } from "./origin.js";
import { fuzz as subprotocol } from "./subprotocol.js";
import { fuzz as utf8 } from "./utf8.js";

/** Every target by its name, which is also the name of its folders in corpus/ and regressions/. */
export const TARGETS: ReadonlyMap<string, (data: Uint8Array) => void> = new Map([
  ["frame-decoder-server", frameDecoderServer],
  ["frame-decoder-client", frameDecoderClient],
  ["head-request", headRequest],
  ["head-response", headResponse],
  ["extension-header", extensionHeader],
  ["subprotocol", subprotocol],
  ["close-payload", closePayload],
  ["utf8", utf8],
  ["origin", origin],
  ["inflate", inflate],
]);
