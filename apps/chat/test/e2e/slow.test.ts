// Readers that do not read: the room goes on without them, and who comes back has missed nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { closeCodes } from "./chat-page.js";
import { eventually } from "./eventually.js";
import { AWAY, Stage, skip } from "./stage.js";
import { VisitorClient } from "./visitor-client.js";

const stage = new Stage();

test("a page that hangs and a client that does not read are put out; nobody else waits for them", {
  skip,
}, async (t) => {
  const room = stage.room();
  const [ada, bob] = await stage.people(t, room, "Ada", "Bob");
  assert.ok(ada && bob);
  const hung = await stage.visitor(t, `/r/${room}`, { errors: AWAY });
  const codes = await closeCodes(hung.page.context());
  await hung.reload();
  await hung.enter("Hung");
  const deaf = await VisitorClient.join(stage.server.port, room, "Deaf");
  deaf.socket.pause();
  // The debugger stops the page in the middle of a line, as a page stops that computes without end.
  const session = await hung.page.context().newCDPSession(hung.page);
  await session.send("Debugger.enable");
  await session.send("Debugger.pause");
  void hung.page.evaluate(() => document.title).catch(() => undefined);

  const crowd = await Promise.all(
    Array.from({ length: 10 }, (_, i) => VisitorClient.join(stage.server.port, room, `Crowd ${i}`)),
  );
  const before = stage.server.usage().rssMiB;
  let said = 0;
  let slowest = 0;
  const gone = async (): Promise<boolean> => {
    const people = await bob.people();
    return !people.includes("Deaf") && !people.includes("Hung");
  };
  for (let round = 0; !(await gone()); round++) {
    assert.ok(round < 60, `both are still in the room after ${said} messages`);
    for (const one of crowd) {
      const naks = one.of("nak").length;
      for (let i = 0; i < 10; i++) one.tell({ t: "say", id: round * 10 + i + 1, text: `${said++} `.padEnd(4000, "x") });
      await eventually(() => assert.equal(one.of("ack").length + one.of("nak").length, (round + 1) * 10));
      said -= one.of("nak").length - naks;
    }
    const began = performance.now();
    await ada.say(`word ${round}`);
    await eventually(async () =>
      assert.equal((await bob.texts()).filter((text) => text === `word ${round}`).length, 1),
    );
    slowest = Math.max(slowest, performance.now() - began);
    said += 1;
  }
  const grown = stage.server.usage().rssMiB - before;
  t.diagnostic(`${said} messages, slowest word of a reader that reads ${Math.round(slowest)} ms, RSS +${grown} MiB`);
  assert.ok(slowest < 5000, `a reader that reads waited ${Math.round(slowest)} ms`);
  assert.ok(grown < 128, `RSS grew by ${grown} MiB`);

  deaf.socket.resume();
  const { code } = await deaf.end();
  assert.ok([1013, 1006].includes(code), `closed with ${code}`);

  await session.send("Debugger.resume");
  await session.send("Debugger.disable");
  await eventually(async () => assert.ok((await hung.people()).includes("Hung")), 30_000);
  await ada.say("the end");
  await eventually(async () => assert.equal((await hung.texts()).at(-1), "the end"), 30_000);
  await eventually(() => assert.equal(hung.sockets, 2));
  // The close frame waits behind all that was not read: whoever reads too late finds only the end of the connection.
  assert.ok([1013, 1006].includes(codes[0] ?? 0) && codes.length === 1, `the page was told ${codes}`);
  // Nobody spoke privately, so the numbers have no holes. More than 1000 missed messages are a gap, and then that is said.
  const seqs = (await hung.log()).map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    seqs.map((_, i) => (seqs[0] ?? 0) + i),
  );
  const gap = await hung.get("gap").isVisible();
  assert.ok(seqs.length >= (gap ? 50 : 400), `${seqs.length} messages are there, gap ${gap}`);
  t.diagnostic(
    `the page came back with ${gap ? "a gap that it shows" : "everything"}; it was told ${codes}, the deaf client ${code}`,
  );
  for (const one of crowd) one.socket.terminate();
});
