import assert from "node:assert/strict";
import { test } from "node:test";
import { allCases } from "../dist/cases/all.js";
import type { Core } from "../dist/core-line.js";
import { judgeCore } from "../dist/core-run.js";
import { DeflateCodec } from "../dist/deflate.js";
import { encodeFrame, text } from "../dist/frame.js";

const LIMIT = 2048;
const cases = allCases(LIMIT);
const applicable = cases.filter(({ kind }) => kind === "frames");

for (const role of ["server", "client"] as const) {
  test(`Tideway's core passes every case in the role ${role}`, async () => {
    const results = await judgeCore({ cases, role, limit: LIMIT, quick: true });
    // None is left out, either.
    const noted = results.filter(({ outcome }) => outcome !== "pass");
    assert.deepEqual(
      noted.map(({ id, reason }) => `${id}: ${reason}`),
      [],
    );
    assert.ok(results.length >= 600);
  });
}

/** Cores that are wrong in the plainest ways. */
const contrary: readonly (readonly [name: string, make: () => Core])[] = [
  ["says nothing and hears nothing", () => ({ receive() {}, end() {}, take: () => new Uint8Array(0), ended: false })],
  ["ends at once", () => ({ receive() {}, end() {}, take: () => new Uint8Array(0), ended: true })],
  ["says what nobody asked for", () => new Babbler()],
];

class Babbler implements Core {
  #said = false;
  readonly ended = false;
  receive(): void {}
  end(): void {}
  take(): Uint8Array {
    if (this.#said) return new Uint8Array(0);
    this.#said = true;
    return encodeFrame(text("who is there?"), "server");
  }
}

for (const [name, make] of contrary) {
  test(`a core that ${name} passes no case`, async () => {
    const results = await judgeCore({ cases: applicable, role: "server", core: make, limit: LIMIT, quick: true });
    // To end the TCP connection is all that is right where it ended before, and all that is asked for there.
    const passed = results.filter(({ outcome, id }) => outcome === "pass" && !id.startsWith("7.1.4/"));
    assert.deepEqual(
      passed.map(({ id }) => id),
      [],
    );
  });
}

test("the codec of the wire side undoes itself, with and without context takeover", async () => {
  for (const noContext of [true, false]) {
    const parameters = {
      serverNoContextTakeover: noContext,
      clientNoContextTakeover: noContext,
      serverMaxWindowBits: 9,
    };
    const [client, server] = [new DeflateCodec("client", parameters), new DeflateCodec("server", parameters)];
    for (const size of [0, 1, 100, 5000, 70_000]) {
      const message = Buffer.alloc(size, "tide ");
      assert.deepEqual(Buffer.from(await server.inflate(await client.deflate(message))), message);
      assert.deepEqual(Buffer.from(await client.inflate(await server.deflate(message))), message);
    }
    client.release();
    server.release();
  }
});
