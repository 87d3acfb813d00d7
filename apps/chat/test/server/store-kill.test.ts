import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Store } from "../../dist/server/store/store.js";
import { folder } from "./folder.js";

const child = fileURLToPath(new URL("./append-until-killed.js", import.meta.url));

test("kill -9 at any moment: every acknowledged message is in the file, and no seq is given twice", async (t) => {
  const path = join(folder(t), "chat.db");
  const acknowledged = new Map<string, number>();
  let next = 1;
  for (let round = 0; round < 6; round++) {
    const appender = spawn(process.execPath, [child, path, String(next)], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    appender.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const ended = once(appender, "close");
    await once(appender.stdout, "data");
    // Different in every round, so that the kill meets different moments of a commit.
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 200));
    appender.kill("SIGKILL");
    await ended;
    const lines = output.slice(0, output.lastIndexOf("\n")).split("\n");
    assert.ok(lines.length > 20, `round ${round} acknowledged ${lines.length}`);
    for (const line of lines) {
      const [room, seq, id] = line.split(" ");
      const key = `room ${room}/${seq}`;
      assert.equal(acknowledged.get(key), undefined, `${key} was given twice`);
      acknowledged.set(key, Number(id));
    }
    // What was stored and not acknowledged must not be asked for again under the same id.
    next = Math.max(...acknowledged.values()) + 1000;
  }

  const store = await Store.open({ path });
  t.after(() => store.close());
  const stored = new Map<string, string>();
  for (const room of ["room 0", "room 1", "room 2"]) {
    let before = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const { messages, more } = await store.read({ room, author: "author", before });
      for (const message of messages) stored.set(`${room}/${message.seq}`, message.text);
      if (!more || !messages[0]) break;
      before = messages[0].seq;
    }
  }
  for (const [key, id] of acknowledged) {
    assert.equal(stored.get(key), `text ${id} ${"x".repeat(id % 3000)}`, `${key} is lost or another`);
  }
});
