import type { Duplex } from "node:stream";
import type { ByteStream } from "./byte-stream.js";
import { DocumentedStream } from "./documented-stream.js";
import { hasTcpStream, TcpStream } from "./undocumented/tcp-stream.js";

/** "documented": nothing but documented API is used. "fast": it is a fault if the other way is missing. Not set: as it can be had. */
const WANTED = process.env["TIDEWAY_TRANSPORT"];

/**
 * Takes a stream whose opening handshake is done: nobody else may read or write it any more.
 * @throws Error when TIDEWAY_TRANSPORT=fast asks for what this runtime does not have
 */
export function openByteStream(stream: Duplex): ByteStream {
  if (WANTED === "documented") return new DocumentedStream(stream);
  if (WANTED === "fast" && !hasTcpStream())
    throw new Error("TIDEWAY_TRANSPORT=fast: this runtime is not one it was tested on");
  return TcpStream.take(stream) ?? new DocumentedStream(stream);
}
