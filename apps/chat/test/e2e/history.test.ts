// The past of a room: more of it than one page holds, over several days, and what the page keeps of it in its document.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Store } from "../../dist/server/store/store.js";
import { eventually } from "./eventually.js";
import { Stage, skip } from "./stage.js";

const stage = new Stage();
const DAY_MS = 24 * 3600 * 1000;

/** Writes messages into the history of the server while it is down. */
async function seed(room: string, messages: readonly { readonly text: string; readonly at: number }[]): Promise<void> {
  await stage.server.end();
  const store = await Store.open({ path: join(stage.server.dataDir, "chat.db") });
  let id = 0;
  for (const { text, at } of messages) {
    id += 1;
    await store.append({ room, client: `seed ${room}`, id, author: "seed", from: "Old Hand", text, at });
  }
  await store.close();
  await stage.server.start();
}

test("230 messages of three days are paged backwards, each once, with a mark for every day", { skip }, async (t) => {
  const room = stage.room();
  const now = Date.now();
  const days = [3 * DAY_MS, DAY_MS, 0];
  const past = Array.from({ length: 230 }, (_, i) => ({
    text: `old ${i + 1}`,
    at: now - (days[Math.floor(i / 80)] ?? 0),
  }));
  await seed(room, past);
  const ada = await (await stage.visitor(t, `/r/${room}`)).enter("Ada");
  const all = past.map(({ text }) => text);
  await ada.shows(all.slice(-50));
  assert.deepEqual(await ada.get("day").allTextContents(), ["Today"]);

  const top = (): Promise<number> => ada.get("log").evaluate((log) => log.parentElement?.parentElement?.scrollTop ?? 0);
  assert.ok((await top()) > 0, "the newest message is what one sees first");
  // By the wheel, as people do: the next page comes by itself near the top, and what one looks at stays where it is.
  const place = await ada.get("log").boundingBox();
  assert.ok(place);
  await ada.page.mouse.move(place.x + place.width / 2, 300);
  await eventually(async () => {
    await ada.page.mouse.wheel(0, -600);
    assert.ok((await ada.texts()).length >= 100);
  });
  await ada.loadAll();
  await ada.shows(all);
  const seqs = (await ada.log()).map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    [...seqs].sort((a, b) => a - b),
  );
  const marks = await ada.get("day").allTextContents();
  const date = new Intl.DateTimeFormat("en-US", { weekday: "long", day: "numeric", month: "long" });
  assert.deepEqual(marks, [date.format(now - 3 * DAY_MS), "Yesterday", "Today"]);

  const bob = await (await stage.visitor(t, `/r/${room}`)).enter("Bob");
  await bob.say("new");
  await eventually(async () => assert.equal(await ada.get("new-messages").textContent(), "1 new message"));
  await ada.get("new-messages").click();
  await eventually(async () => assert.equal((await ada.texts()).at(-1), "new"));
  await eventually(async () => assert.ok(await ada.get("new-messages").isHidden()));
});

test("a room of 1300 messages: the document holds at most 500 rows, and a line of 4 KiB breaks nothing", {
  skip,
}, async (t) => {
  const room = stage.room();
  const past = Array.from({ length: 1300 }, (_, i) => ({ text: `old ${i + 1}`, at: Date.now() - 2000 + i }));
  past.push({ text: "W".repeat(4096), at: Date.now() });
  await seed(room, past);
  const ada = await (await stage.visitor(t, `/r/${room}`, { viewport: { width: 390, height: 800 } })).enter("Ada");
  const scroller = ada.page.getByRole("region", { name: "Messages" });
  let most = 0;
  const seen = new Set<number>();
  await eventually(async () => {
    await scroller.evaluate((box) => {
      box.scrollTop = 0;
    });
    const log = await ada.log();
    for (const { seq } of log) seen.add(seq);
    most = Math.max(most, await ada.get("log").evaluate((box) => box.childElementCount));
    assert.equal(log[0]?.text, "old 1");
  }, 40_000);
  assert.equal(seen.size, 1301, "every message was there on the way up");
  assert.ok(most > 300 && most <= 500, `${most} rows`);
  const wide = await ada.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(wide, 0, "nothing is wider than a phone");
});
