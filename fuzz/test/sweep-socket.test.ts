/** A sample of the sweeps over real sockets, against a server in a process of its own, with the invariants. */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket } from "tideway";
import { Random } from "../dist/runner/random.js";
import { conversations } from "../dist/sweep/conversation.js";
import { changesAt } from "../dist/sweep/sweep.js";
import type { Counts } from "./sweep-server.js";

/** Changed conversations in all, and at a time. */
const SAMPLE = 600;
const ABREAST = 20;
const MOST_MEMORY = 64 * 1024 * 1024;

let child: ChildProcess;
let port: number;

before(async () => {
  child = fork(fileURLToPath(new URL("./sweep-server.js", import.meta.url)));
  [port] = (await once(child, "message")) as [number];
});
after(() => child.kill());

async function counts(): Promise<Counts> {
  child.send("counts");
  const [answer] = (await once(child, "message")) as [Counts];
  return answer;
}

/** Sends bytes in two pieces, ends its side, and waits until the server has ended as well. */
async function attack(bytes: Uint8Array, split: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  const closed = once(socket, "close");
  socket.write(bytes.subarray(0, split));
  setImmediate(() => socket.end(bytes.subarray(split)));
  await closed;
}

test(`${SAMPLE} changed conversations: the server stays whole, and serves others meanwhile`, async () => {
  const random = new Random(17);
  const recorded = conversations().filter(({ receiver }) => receiver === "server");
  const control = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(control, "open");
  await attack(recorded[0]!.bytes, 0);
  const start = await counts();

  let left = SAMPLE;
  let echoes = 0;
  const attacker = async (): Promise<void> => {
    while (left-- > 0) {
      const { bytes } = random.pick(recorded);
      const { bytes: changed } = random.pick(changesAt(bytes, random.below(bytes.length)));
      await attack(changed, random.below(changed.length + 1));
    }
  };
  const attackers = Promise.all(Array.from({ length: ABREAST }, attacker));
  const watch = (async () => {
    while (left > 0) {
      control.send(`${echoes}`);
      const [{ data }] = (await once(control, "message")) as [MessageEvent];
      assert.equal(data, `${echoes++}`);
    }
  })();
  await Promise.all([attackers, watch]);
  assert.ok(echoes > 10, `only ${echoes} echoes on the healthy connection`);

  let end = await counts();
  for (let tries = 0; end.connections > 1 && tries < 50; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    end = await counts();
  }
  assert.deepEqual(end.faults, []);
  assert.equal(end.connections, 1, "connections are left");
  assert.equal(end.opens - end.closes, 1, "an opened connection was not closed exactly once");
  assert.ok(end.opens > SAMPLE / 10, `only ${end.opens} of the conversations were opened at all`);
  assert.ok(end.files <= start.files, `${end.files} open files, ${start.files} before`);
  assert.ok(end.rss - start.rss < MOST_MEMORY, `${end.rss - start.rss} bytes more`);
  control.close();
});
