import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ChatClient, secret } from "./chat-client.js";
import { folder } from "./folder.js";
import { ServerProcess } from "./server-process.js";

const client = secret();

test("it starts with nothing set but the port, prints its URL and says that it is well", async (t) => {
  const server = await ServerProcess.start(t, join(folder(t), "made", "when", "missing"));
  assert.match(server.output, /^Tideway chat: http:\/\/localhost:\d+\/\nEcho: http:\/\/localhost:\d+\/echo\n$/);
  const response = await fetch(`http://127.0.0.1:${server.port}/healthz`);
  assert.deepEqual([response.status, await response.text()], [200, "ok\n"]);
});

test("kill -9 in the middle of sending: nothing acknowledged is lost, and sending again stores nothing twice", async (t) => {
  const dataDir = folder(t);
  let said = 0;
  const acked = new Map<number, number>();
  for (let round = 0; round < 3; round++) {
    const server = await ServerProcess.start(t, dataDir);
    const ann = await ChatClient.join(server.port, "Ann", { client });
    // What the page does: whatever has no answer is said again, with the same id.
    for (let id = 1; id <= said; id++) if (!acked.has(id) && id > said - 5) ann.say(id, `text ${id}`);
    for (let i = 0; i < 25; i++) ann.say(++said, `text ${said}`);
    await ann.until(() => ann.of("ack").length >= 3 + round * 5);
    await server.kill("SIGKILL");
    await ann.closed;
    for (const { id, seq } of ann.of("ack")) acked.set(id, seq);
  }
  const server = await ServerProcess.start(t, dataDir);
  const ann = await ChatClient.join(server.port, "Ann", { client });
  const repeated = said - 4;
  for (let id = repeated; id <= said; id++) ann.say(id, `text ${id}`);
  await ann.until(() => ann.of("ack").length === 5);
  for (const { id, seq } of ann.of("ack")) {
    if (acked.has(id)) assert.equal(seq, acked.get(id));
    acked.set(id, seq);
  }
  const stored = new Map(ann.welcome.messages.map((one) => [one.seq, one.text]));
  while (stored.size > 0 && !stored.has(1)) {
    const pages = ann.of("history").length;
    ann.tell({ t: "history", before: Math.min(...stored.keys()) });
    await ann.until(() => ann.of("history").length > pages);
    for (const one of ann.of("history").at(-1)?.messages ?? []) stored.set(one.seq, one.text);
  }
  for (const one of ann.of("message")) stored.set(one.message.seq, one.message.text);
  for (const [id, seq] of acked) assert.equal(stored.get(seq), `text ${id}`, `message ${id}`);
  const texts = [...stored.values()];
  assert.equal(new Set(texts).size, texts.length, "nothing is there twice");
  await ann.end();
});

test("SIGTERM: everybody is told 1012, the file is closed, exit code 0 within 10 seconds; history is there afterwards", async (t) => {
  const dataDir = folder(t);
  const server = await ServerProcess.start(t, dataDir);
  const people = await Promise.all(["Ann", "Bob", "Eve"].map((name) => ChatClient.join(server.port, name)));
  const [ann, , eve] = people as [ChatClient, ChatClient, ChatClient];
  ann.say(1, "before the restart");
  await ann.until(() => ann.of("ack").length === 1);
  // One that does not read its close frame is cut off at the deadline.
  eve.socket.pause();
  const began = Date.now();
  server.signal("SIGTERM");
  const codes = await Promise.all(people.slice(0, 2).map((one) => one.closed.then(({ code }) => code)));
  assert.deepEqual(codes, [1012, 1012]);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  const took = Date.now() - began;
  assert.ok(took < 10_000, `${took} ms`);
  eve.socket.resume();
  await eve.closed;

  const next = await ServerProcess.start(t, dataDir);
  const again = await ChatClient.join(next.port, "Ann", { after: 0 });
  assert.deepEqual(
    again.welcome.messages.map((one) => one.text),
    ["before the restart"],
  );
  await again.end();
  const quick = Date.now();
  assert.deepEqual(await next.kill("SIGINT"), { code: 0, signal: null });
  assert.ok(Date.now() - quick < 3000, "with nobody there it does not wait");
});

test("a second SIGTERM ends it at once", async (t) => {
  const server = await ServerProcess.start(t, folder(t));
  const ann = await ChatClient.join(server.port, "Ann");
  ann.socket.pause();
  server.signal("SIGTERM");
  while (!server.output.includes("SIGTERM")) await new Promise((resolve) => setTimeout(resolve, 10));
  const began = Date.now();
  assert.deepEqual(await server.kill("SIGTERM"), { code: 143, signal: null });
  assert.ok(Date.now() - began < 1000);
  ann.socket.terminate();
});

test("what cannot be used is said in one line, with exit code 1", async (t) => {
  const dataDir = folder(t);
  const running = await ServerProcess.start(t, dataDir);
  const broken = folder(t);
  writeFileSync(join(broken, "chat.db"), "no database".repeat(1000));
  const cases: [Record<string, string>, RegExp][] = [
    [{ PORT: "http" }, /PORT=http: a number from 0 to 65535/],
    [{ PORT: "65536" }, /PORT=65536/],
    [{ PORT: "-1" }, /PORT=-1/],
    [{ PORT: "0", HOST: "http://x" }, /HOST=/],
    [{ PORT: "0", DATA_DIR: broken }, /cannot open the database .*chat\.db: file is not a database/],
    [{ PORT: "0", DATA_DIR: dataDir }, /another server has it open/],
    [{ PORT: String(running.port), DATA_DIR: join(broken, "other") }, /another program uses this port/],
  ];
  for (const [environment, message] of cases) {
    const server = new ServerProcess(environment);
    assert.deepEqual(await server.ended, { code: 1, signal: null }, JSON.stringify(environment));
    assert.match(server.errors, message);
    assert.equal(server.errors.trim().split("\n").length, 1, server.errors);
    assert.equal(server.output, "");
  }
});
