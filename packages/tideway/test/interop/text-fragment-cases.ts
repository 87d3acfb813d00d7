import assert from "node:assert/strict";
import type { Case } from "./matrix.js";
import { digestOf } from "./payload.js";
import { WsEnd } from "./peer/ws.js";

const WORDS = "Grüße 潮 😀!";

/** What only `ws` can send: text cut within its characters, and text that is none. For columns where `ws` is their end. */
export const textFragmentCases: readonly Case[] = [
  ...[1, 2, 3, 5].map(
    (size): Case => ({
      name: `text in fragments of ${size} bytes, characters cut`,
      onlyFromThem: true,
      async run({ from, to }) {
        sendTextBytes(from, cut(Buffer.from(WORDS), size));
        assert.deepEqual(await to.inbox.message(), digestOf(WORDS));
      },
    }),
  ),
  ...[
    { name: "in one frame", pieces: ["61ff62"] },
    { name: "in its second fragment", pieces: ["6162", "63c328"] },
    { name: "for want of the end of its last character", pieces: ["61", "f09f98"] },
  ].map(
    ({ name, pieces }): Case => ({
      name: `text that is not UTF-8 ${name} is closed with 1007`,
      onlyFromThem: true,
      async run({ from, to }) {
        sendTextBytes(
          from,
          pieces.map((hex) => Buffer.from(hex, "hex")),
        );
        // We fail the connection (RFC 6455 §7.1.7): they are told why, and for us it was no closing handshake.
        assert.equal((await from.inbox.next("close")).code, 1007);
        assert.equal((await to.inbox.next("close")).code, 1006);
      },
    }),
  ),
];

function sendTextBytes(end: unknown, pieces: readonly Uint8Array[]): void {
  assert.ok(end instanceof WsEnd);
  end.sendTextBytes(pieces);
}

function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
