// The server dies while people write: kill -9, and back again on the same port with the same data.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatPage } from "./chat-page.js";
import { eventually } from "./eventually.js";
import { AWAY, Stage, skip } from "./stage.js";

const stage = new Stage();
const ALERT = "Can't reach the server. Check your network.";

/** Writes numbered messages as fast as the page takes them until told to stop; gives all that it wrote. */
function keepWriting(chat: ChatPage, prefix: string, from: number): { stop(): Promise<string[]> } {
  let going = true;
  const written: string[] = [];
  const done = (async () => {
    for (let i = from; going; i++) {
      const text = `${prefix} ${i}`;
      await chat.say(text);
      written.push(text);
    }
  })();
  return {
    stop: async () => {
      going = false;
      await done;
      return written;
    },
  };
}

async function bannerShows(chat: ChatPage, text: string): Promise<void> {
  await eventually(async () => {
    assert.ok(await chat.banner.isVisible());
    assert.equal(await chat.banner.getByRole("alert").textContent(), text);
  });
}

async function bannerGone(chat: ChatPage): Promise<void> {
  await eventually(async () => assert.ok(await chat.banner.isHidden()), 40_000);
}

test("kill -9 twice in the middle of sending: nothing acknowledged is lost, nothing is there twice, all in order", {
  skip,
}, async (t) => {
  const { server } = stage;
  const room = stage.room();
  const ada = await (await stage.visitor(t, `/r/${room}`, { errors: AWAY })).enter("Ada");
  const bob = await (await stage.visitor(t, `/r/${room}`, { errors: AWAY })).enter("Bob");
  const written = { Ada: [] as string[], Bob: [] as string[] };
  let unanswered = 0;
  for (let round = 0; round < 2; round++) {
    const before = ada.acknowledged.size + bob.acknowledged.size;
    const writers = [
      keepWriting(ada, "Ada", written.Ada.length + 1),
      keepWriting(bob, "Bob", written.Bob.length + 1),
    ] as const;
    await eventually(() => assert.ok(ada.acknowledged.size + bob.acknowledged.size >= before + 12));
    const ended = await server.end("SIGKILL");
    assert.deepEqual([ended.code, ended.signal], [null, "SIGKILL"]);
    await Promise.all([bannerShows(ada, ALERT), bannerShows(bob, ALERT)]);
    await eventually(async () => assert.ok((await ada.queue()).length >= 3 && (await bob.queue()).length >= 3));
    written.Ada.push(...(await writers[0].stop()));
    written.Bob.push(...(await writers[1].stop()));
    const waiting = await ada.queue();
    assert.deepEqual(waiting, written.Ada.slice(-waiting.length), "what waits is in sight, in order");
    assert.match((await ada.banner.textContent()) ?? "", /messages are waiting and go out by themselves/);
    unanswered += waiting.length;
    await server.start();
    await Promise.all([bannerGone(ada), bannerGone(bob)]);
    for (const chat of [ada, bob]) await eventually(async () => assert.deepEqual(await chat.queue(), []), 30_000);
  }
  const total = written.Ada.length + written.Bob.length;
  await eventually(async () => assert.equal((await bob.log()).length, total));
  const log = await ada.log();
  assert.deepEqual(
    log.map(({ seq, text }) => [seq, text]),
    (await bob.log()).map(({ seq, text }) => [seq, text]),
  );
  for (const name of ["Ada", "Bob"] as const) {
    assert.deepEqual(
      log.filter(({ text }) => text.startsWith(name)).map(({ text }) => text),
      written[name],
    );
  }
  const seqs = log.map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    [...new Set(seqs)].sort((a, b) => a - b),
  );
  const stored = new Map(log.map(({ seq, text }) => [seq, text]));
  for (const chat of [ada, bob]) for (const [seq, text] of chat.acknowledged) assert.equal(stored.get(seq), text);

  const late = await (await stage.visitor(t, `/r/${room}`)).enter("Late");
  await late.loadAll();
  assert.deepEqual(
    (await late.log()).map(({ seq, text }) => [seq, text]),
    log.map(({ seq, text }) => [seq, text]),
  );
  t.diagnostic(`${total} written, ${unanswered} of Ada's waited in the queue over two kills, each shown once`);
});

test("a reload with unsent messages sends each of them once", { skip }, async (t) => {
  const { server } = stage;
  const room = stage.room();
  const errors = /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/;
  const ada = await (await stage.visitor(t, `/r/${room}`, { errors })).enter("Ada");
  const bob = await (await stage.visitor(t, `/r/${room}`, { errors })).enter("Bob");
  const written: string[] = [];
  for (let round = 0; round < 3; round++) {
    const before = ada.acknowledged.size;
    const writer = keepWriting(ada, "line", written.length + 1);
    await eventually(() => assert.ok(ada.acknowledged.size >= before + 4 + round));
    await server.end("SIGKILL");
    await eventually(async () => assert.ok((await ada.queue()).length >= 2));
    written.push(...(await writer.stop()));
    await assert.rejects(ada.reload(), /ERR_CONNECTION_REFUSED/, "the page itself is gone now");
    await server.start();
    await ada.page.goto(`/r/${room}`);
    await eventually(async () => assert.deepEqual(await ada.queue(), []), 30_000);
    await Promise.all([ada.loadAll(), bannerGone(bob)]);
    await Promise.all([ada.shows(written), bob.shows(written, 40_000)]);
  }
  assert.ok((await ada.log()).every(({ own }) => own));
});

test("an acknowledgement that is lost on the way: what is said again is the same message", { skip }, async (t) => {
  const room = stage.room();
  const [bob] = await stage.people(t, room, "Bob");
  assert.ok(bob);
  // The complaint is about the driver's stand-in for the connection that is cut.
  const ada = await stage.visitor(t, "about:blank", { errors: /already in CLOSING or CLOSED state/ });
  let lost = 0;
  const said: string[] = [];
  await ada.page.routeWebSocket(/\/ws$/, (page) => {
    const server = page.connectToServer();
    page.onMessage((data) => {
      if (String(data).includes('"say"')) said.push(String(data));
      server.send(data);
    });
    server.onMessage((data) => {
      // The first acknowledgement of every message is cut off, together with its connection: the message is on the disk.
      if (String(data).includes('"t":"ack"') && said.filter((one) => one === said.at(-1)).length === 1) {
        lost += 1;
        void server.close();
        void page.close({ code: 1001 });
      } else page.send(data);
    });
  });
  await ada.page.goto(`/r/${room}`);
  await ada.enter("Ada");
  const texts = ["one", "two", "three"];
  for (const text of texts) await ada.say(text);
  await eventually(async () => assert.deepEqual(await ada.queue(), []), 30_000);
  await Promise.all([ada.shows(texts), bob.shows(texts)]);
  assert.deepEqual([lost, said.length, new Set(said).size], [3, 6, 3]);
  await bob.reload();
  await bob.shows(texts);
});

test("a private message that waited for the server also waits for its receiver to come back", { skip }, async (t) => {
  const { server } = stage;
  const room = stage.room();
  const ada = await (await stage.visitor(t, `/r/${room}`, { errors: AWAY })).enter("Ada");
  const bob = await (await stage.visitor(t, `/r/${room}`, { errors: AWAY })).enter("Bob");
  await bob.say("hello");
  await ada.shows(["hello"]);
  assert.deepEqual(await ada.notices(), ["Bob joined"]);
  await server.end("SIGKILL");
  await Promise.all([bannerShows(ada, ALERT), bannerShows(bob, ALERT)]);
  await ada.say("/w Bob when you are back");
  const refused: string[] = [];
  ada.page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (String(payload).includes("no-such-member")) refused.push(String(payload));
    }),
  );
  // Bob's way back is longer.
  await bob.page.context().setOffline(true);
  await server.start();
  await bannerGone(ada);
  await eventually(() => assert.ok(refused.length > 0));
  assert.deepEqual(await ada.queue(), ["when you are back"]);
  await bob.page.context().setOffline(false);
  await Promise.all([ada, bob].map((chat) => chat.shows(["hello", "when you are back"])));
  await eventually(async () => assert.deepEqual(await ada.queue(), []));
  assert.deepEqual(await ada.people(), ["Ada", "Bob"]);
  assert.deepEqual(await ada.notices(), ["Bob joined"], "who lost the server together did not leave");
});

test("what was left unsent in one room is remembered in the other, and goes out there", { skip }, async (t) => {
  const { server } = stage;
  const room = stage.room();
  const ada = await (await stage.visitor(t, `/r/${room}`, { errors: AWAY })).enter("Ada");
  await ada.say("sent");
  await ada.shows(["sent"]);
  await server.end("SIGKILL");
  await bannerShows(ada, ALERT);
  await ada.say("left behind");
  await eventually(async () => assert.deepEqual(await ada.queue(), ["left behind"]));
  await assert.rejects(ada.page.goto(`/r/${room}-b`));
  await server.start();
  await ada.page.goto(`/r/${room}-b`);
  await ada.page.getByRole("link", { name: /^1 unsent message in #.*room/ }).click();
  await ada.shows(["sent", "left behind"]);
});

test("in Chinese: the banner says 无法连接到服务器,请检查网络, and goes when the server is back", {
  skip,
}, async (t) => {
  const { server } = stage;
  const room = stage.room();
  const visitor = await stage.visitor(t, `/r/${room}`, { locale: "zh-CN", errors: AWAY });
  const ada = await visitor.enter("小明");
  assert.ok(await ada.banner.isHidden());
  await server.end("SIGKILL");
  await bannerShows(ada, "无法连接到服务器,请检查网络");
  await ada.say("你好");
  await eventually(async () => assert.match((await ada.banner.textContent()) ?? "", /1 条消息正在等待/));
  assert.match((await ada.get("queue-item").textContent()) ?? "", /你好.*等待中/);
  await server.start();
  await eventually(async () => {
    // Whoever does not want to wait presses the button.
    const now = ada.page.getByRole("button", { name: "立即重试" });
    if (await now.isVisible()) await now.click({ timeout: 500 }).catch(() => undefined);
    assert.ok(await ada.banner.isHidden());
  });
  await ada.shows(["你好"]);
  assert.equal(await ada.page.locator("html").getAttribute("lang"), "zh-CN");
});
