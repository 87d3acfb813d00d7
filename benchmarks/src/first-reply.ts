/** The first reply on each connection is looked at whole; after that the generator only counts. */
import { constants, inflateRawSync } from "node:zlib";
import type { Exchange } from "./exchange.js";
import { COMPRESSED, headerSize, payloadLength } from "./frame.js";
import type { LoadConnection } from "./load-connection.js";

/** RFC 7692 §7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload", which need not hold a last block. */
const FLUSHED = Buffer.from([0, 0, 0xff, 0xff]);
const UNFINISHED = { finishFlush: constants.Z_SYNC_FLUSH };

/**
 * One message from each of `senders`; each of `receivers` must get the right reply.
 * @throws (rejects) Error that says where it was wrong
 */
export async function checkFirst(
  receivers: readonly LoadConnection[],
  senders: readonly LoadConnection[],
  { request, reply, message }: Exchange,
  compressed: boolean,
): Promise<void> {
  const checked = receivers.map((connection) =>
    compressed ? expectInflated(connection, message) : expectExactly(connection, reply),
  );
  for (const { socket } of senders) socket.write(request);
  await Promise.all(checked);
  for (const connection of receivers) connection.rest();
}

function expectExactly(connection: LoadConnection, reply: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let at = 0;
    connection.onLost = reject;
    connection.onBytes = (length, bytes) => {
      const start = at === 0 ? connection.answerPings(length, bytes) : 0;
      const end = at + length - start;
      if (end > reply.length || reply.compare(bytes, start, length, at, end) !== 0)
        return reject(new Error(`the first reply is wrong within octets ${at} to ${end}`));
      at = end;
      if (at === reply.length) resolve();
    };
  });
}

/** The reply has to be compressed, and to be the message once it is inflated. */
function expectInflated(connection: LoadConnection, message: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let all = Buffer.alloc(0);
    connection.onLost = reject;
    connection.onBytes = (length, bytes) => {
      const begin = all.length === 0 ? connection.answerPings(length, bytes) : 0;
      all = Buffer.concat([all, bytes.subarray(begin, length)]);
      const start = headerSize(all, all.length);
      if (all.length < start || all.length < start + payloadLength(all)) return;
      try {
        const content = inflateRawSync(Buffer.concat([all.subarray(start), FLUSHED]), UNFINISHED);
        if ((all[0]! & COMPRESSED) !== 0 && content.equals(message)) resolve();
        else reject(new Error("the first reply is not the message, compressed"));
      } catch (error) {
        reject(error);
      }
    };
  });
}
