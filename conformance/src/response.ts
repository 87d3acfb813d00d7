import { createHash } from "node:crypto";
import type { ResponseSpec } from "./case.js";
import { encodeFrame, type FrameSpec, join } from "./frame.js";
import { writeHead } from "./head-text.js";
import { acceptOf, type Head, listOf, valuesOf } from "./http-head.js";

/** Writes a response to a request: a good one, with the changes of a case. */
export function writeResponse(request: Head, spec: ResponseSpec, frames: readonly FrameSpec[] = []): Uint8Array {
  const key = valuesOf(request, "Sec-WebSocket-Key")[0] ?? "";
  const fill = filler(key, listOf(request, "Sec-WebSocket-Protocol")[0] ?? "");
  const good = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Accept": "{accept}" };
  const head = writeHead(spec.statusLine ?? "HTTP/1.1 101 Switching Protocols", good, spec, fill);
  if (spec.cutAt !== undefined) return head.subarray(0, spec.cutAt);
  return frames.length === 0
    ? head
    : join([head, ...frames.map((frame, index) => encodeFrame(frame, "server", index))]);
}

/** Fills in what depends on the request. */
function filler(key: string, protocol: string): (line: string) => string {
  const accept = acceptOf(key);
  const sha1 = createHash("sha1").update(key).digest("base64");
  const changed = accept.replace(/^./, (letter) => (letter === "A" ? "B" : "A"));
  const swapped = protocol.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  const values: Record<string, string> = {
    "{accept}": accept,
    "{accept-lower}": accept.toLowerCase(),
    "{accept-unpadded}": accept.replace(/=+$/, ""),
    "{accept-hex}": Buffer.from(accept, "base64").toString("hex"),
    "{accept-no-guid}": sha1,
    "{accept-changed}": changed,
    "{key}": key,
    "{protocol}": protocol,
    "{protocol-swapped}": swapped,
  };
  return (line) => line.replaceAll(/\{[a-z-]+\}/g, (name) => values[name] ?? name);
}
