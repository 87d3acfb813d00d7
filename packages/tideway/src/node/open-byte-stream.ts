import type { Duplex } from "node:stream";
import type { ByteStream } from "./byte-stream.js";
import { DocumentedStream } from "./documented-stream.js";

/** Takes a stream whose opening handshake is done: nobody else may read or write it any more. */
export function openByteStream(stream: Duplex): ByteStream {
  return new DocumentedStream(stream);
}
