/** Every combination of the parameters of permessage-deflate (RFC 7692 §7.1) that both ends can do, each with a short conversation. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertAgreed, CONVERSATION_TIMEOUT } from "./compression-conversation.js";
import type { End } from "./end.js";
import { expected, type Payload, text } from "./payload.js";
import type { CompressionTerms } from "./peer/peer.js";
import type { Wire } from "./wire.js";

/** A window as somebody names it; undefined: nobody does. */
export type Bits = number | undefined;

/** Windows from `least` bits to the largest, and none named. */
export function windowsFrom(least: number): readonly Bits[] {
  return [undefined, ...Array.from({ length: 16 - least }, (_, index) => least + index)];
}

/** What can be named for each side. */
export interface Windows {
  readonly server: readonly Bits[];
  readonly client: readonly Bits[];
}

/** Numbers that repeat after 5 KiB: a reference to them is beyond windows of up to 12 bits, and one to the message before beyond all. */
const unit = Array.from({ length: 1500 }, (_, index) => ((index * 7919) % 1009).toString(36)).join(" ");

/** Short ones that are alike, one past the largest window, and the first again, whose first appearance is out of sight then. */
const messages: readonly Payload[] = [
  text('{"id":1,"name":"Grüße","level":17}, ', 20),
  text('{"id":2,"name":"Grüße","level":19}, ', 20),
  text(unit, 8),
  text('{"id":1,"name":"Grüße","level":17}, ', 20),
];
const digests = messages.map(expected);

/** What the two ends do in a combination. */
export interface Talk {
  /** We compress at all: not with a window that zlib cannot keep to. */
  readonly weCompress: boolean;
  readonly theyCompress: boolean;
}

/** Both ends say their messages at once and hear the other's. */
export async function talkBriefly(
  ours: End & { readonly wire: Wire },
  theirs: End,
  { weCompress, theyCompress }: Talk,
): Promise<void> {
  await Promise.all(
    [ours, theirs].map(async (end) => {
      for (const message of messages) await end.send(message);
    }),
  );
  for (const end of [ours, theirs])
    for (const [index, digest] of digests.entries()) assert.deepEqual(await end.inbox.message(), digest, `${index}`);
  assert.equal(ours.wire.out, weCompress ? messages.length : 0, "compressed messages from us");
  // What is short some leave as it is.
  if (theyCompress) assert.ok(ours.wire.in > 0, "compressed messages from them");
  else assert.equal(ours.wire.in, 0, "they do not compress");
}

/** Combinations at a time: most of a short conversation is waiting. */
const TOGETHER = 4;

/**
 * One test for each way of taking contexts over, with all combinations of windows in it.
 * @param none what holds where a window is not named
 */
export function product(
  name: string,
  { server, client }: Windows,
  run: (terms: CompressionTerms, agreed: (extensions: string) => void) => Promise<void>,
  none: { readonly server: number; readonly client: number } = { server: 15, client: 15 },
): void {
  describe(name, () => {
    for (const serverNoContextTakeover of [false, true]) {
      for (const clientNoContextTakeover of [false, true]) {
        const own = (none: boolean) => (none ? "none" : "takeover");
        const ways = `${own(serverNoContextTakeover)} / ${own(clientNoContextTakeover)}`;
        test(`${ways}, ${server.length} times ${client.length} windows`, {
          timeout: CONVERSATION_TIMEOUT,
        }, async () => {
          const left = server.flatMap((serverBits) => client.map((clientBits) => [serverBits, clientBits] as const));
          assert.ok(left.length > 1);
          const work = async (): Promise<void> => {
            for (let bits = left.pop(); bits !== undefined; bits = left.pop()) {
              const [serverBits, clientBits] = bits;
              const terms: CompressionTerms = {
                serverNoContextTakeover,
                clientNoContextTakeover,
                ...(serverBits !== undefined && { serverMaxWindowBits: serverBits }),
                ...(clientBits !== undefined && { clientMaxWindowBits: clientBits }),
                threshold: 0,
              };
              const agreed = {
                serverNoContextTakeover,
                clientNoContextTakeover,
                serverMaxWindowBits: serverBits ?? none.server,
                clientMaxWindowBits: clientBits ?? none.client,
                threshold: 0,
              };
              try {
                await run(terms, (extensions) => assertAgreed(extensions, agreed));
              } catch (error) {
                throw new Error(`windows ${serverBits} / ${clientBits}: ${(error as Error).message}`, { cause: error });
              }
            }
          };
          await Promise.all(Array.from({ length: TOGETHER }, work));
        });
      }
    }
  });
}
