import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { End } from "./end.js";
import { binary, digestOf, expected, materialize, type Payload, text } from "./payload.js";
import type { CompressionTerms } from "./peer/peer.js";
import type { Wire } from "./wire.js";

/** The longest one conversation may take: a bound for what hangs, not a measure. */
export const CONVERSATION_TIMEOUT = 60_000;

/** Messages of a conversation, each way: so many that a takeover of contexts matters. */
const COUNT = 200;

const KI = 1024;

/** Sizes around every boundary: the threshold, the windows, what is handled at once, the length forms. */
const SIZES = [0, 1, 40, 125, 126, 300, 511, 512, 700, 1023, 1024, 1500, 3000, 4096, 9000];
const LARGE = [17 * KI, 32 * KI, 33 * KI, 65_535, 65_536, 100_000, 128 * KI];

/** Message number `index`: the same names over and over, other values. */
export function messageAt(index: number): Payload {
  const size = index % 25 === 24 ? LARGE[Math.floor(index / 25) % LARGE.length]! : SIZES[index % SIZES.length]!;
  if (index % 3 === 2) return binary(size);
  const unit = `{"id":${index},"name":"Grüße ${(index * 7919) % 1000}","level":${(index * 104_729) % 99_991}}, `;
  return text(unit, Math.floor(size / Buffer.byteLength(unit)));
}

const PING = Buffer.from("in between");

/** Sends all messages, with fragments and pings in between, where the end can. @returns what has to arrive */
async function speak(end: End): Promise<ReturnType<typeof expected>[]> {
  const { cannot } = end.facts;
  const all: ReturnType<typeof expected>[] = [];
  for (let index = 0; index < COUNT; index++) {
    const payload = messageAt(index);
    if (index % 20 === 7 && cannot.fragment === undefined) {
      const pieces = [payload, messageAt(index + 3), messageAt(index + 6)].map((piece) =>
        piece.type === payload.type ? piece : payload,
      );
      await end.sendFragments(pieces, cannot["ping between fragments"] === undefined ? PING : undefined);
      const parts = pieces.map(materialize);
      all.push(digestOf(payload.type === "text" ? parts.join("") : Buffer.concat(parts as Buffer[])));
    } else {
      await end.send(payload);
      all.push(expected(payload));
    }
    if (index % 20 === 13 && cannot.ping === undefined) await end.ping(PING);
  }
  return all;
}

async function hear(end: End, messages: readonly ReturnType<typeof expected>[]): Promise<void> {
  for (const [index, message] of messages.entries()) {
    assert.deepEqual(await end.inbox.message(), message, `message ${index}`);
  }
}

/** Both ends talk at once; then what was on the wire is looked at. */
export async function converse(
  ours: End & { readonly wire: Wire },
  theirs: End,
  { threshold = KI, takeover, theyCompress }: { threshold?: number; takeover: boolean; theyCompress: boolean },
): Promise<void> {
  const [fromUs, fromThem] = await Promise.all([speak(ours), speak(theirs)]);
  await hear(theirs, fromUs);
  await hear(ours, fromThem);
  // Ours go whole, except those that we were told to send in pieces, and pieces are not compressed.
  let eligible = 0;
  for (let index = 0; index < COUNT; index++) {
    const inPieces = index % 20 === 7 && ours.facts.cannot.fragment === undefined;
    if (!inPieces && expected(messageAt(index)).size >= threshold) eligible++;
  }
  assert.ok(eligible > 40);
  if (takeover) assert.equal(ours.wire.out, eligible, "compressed messages from us");
  else assert.ok(ours.wire.out > 40 && ours.wire.out <= eligible, `${ours.wire.out} compressed messages from us`);
  if (theyCompress) assert.ok(ours.wire.in > 40, `${ours.wire.in} compressed messages from them`);
  else assert.equal(ours.wire.in, 0, "they do not compress");
}

/** Windows large and small on either side, and takeover or not, in all four ways; the thresholds take turns. All windows: `product`. */
export const termsTable: readonly Required<CompressionTerms>[] = [false, true].flatMap((serverNoContextTakeover) =>
  [false, true].flatMap((clientNoContextTakeover) =>
    [9, 11, 13, 15].map((bits, index) => ({
      serverNoContextTakeover,
      clientNoContextTakeover,
      serverMaxWindowBits: bits,
      clientMaxWindowBits: 24 - bits,
      threshold: [0, KI, 200][index % 3]!,
    })),
  ),
);

/** One test for each row of the table. */
export function eachTerms(
  name: string,
  skip: string | false,
  run: (terms: Required<CompressionTerms>) => Promise<void>,
): void {
  describe(name, { skip }, () => {
    for (const terms of termsTable) {
      const { serverMaxWindowBits: server, clientMaxWindowBits: client, threshold } = terms;
      const own = (none: boolean) => (none ? "none" : "takeover");
      const ways = `${own(terms.serverNoContextTakeover)} / ${own(terms.clientNoContextTakeover)}`;
      test(`${ways}, windows ${server} / ${client}, from ${threshold} bytes`, { timeout: CONVERSATION_TIMEOUT }, () =>
        run(terms),
      );
    }
  });
}

/** Holds what an end says of its extensions against what both had to agree on. */
export function assertAgreed(extensions: string, terms: Required<CompressionTerms>): void {
  const [name, ...params] = extensions.split(";").map((part) => part.trim());
  assert.equal(name, "permessage-deflate");
  assert.equal(params.includes("server_no_context_takeover"), terms.serverNoContextTakeover, extensions);
  assert.equal(params.includes("client_no_context_takeover"), terms.clientNoContextTakeover, extensions);
  // 15 need not be said.
  const bits = (side: string) => Number(params.find((param) => param.startsWith(`${side}_max`))?.split("=")[1] ?? 15);
  assert.equal(bits("server"), terms.serverMaxWindowBits, extensions);
  assert.equal(bits("client"), terms.clientMaxWindowBits, extensions);
}
