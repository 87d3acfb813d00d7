import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import type { FrameReport, WatchMessage } from "../../dist/shared/frame-report.js";
import { secret } from "./chat-client.js";
import { chatServer } from "./chat-server.js";

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, "open");
  return socket;
}

async function status(url: string): Promise<number | undefined> {
  const socket = new WebSocket(url);
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
  socket.terminate();
  return response.statusCode;
}

test("every frame of the watched connection is reported, in order, as it was on the wire", {
  timeout: 20_000,
}, async (t) => {
  const { port } = await chatServer(t);
  const url = `ws://127.0.0.1:${port}/echo`;
  const id = secret();
  const frames: FrameReport[] = [];
  const watching = new WebSocket(`${url}?watch=${id}`);
  let promised = false;
  let wake: () => void = () => {};
  watching.on("message", (data) => {
    const message = JSON.parse(String(data)) as WatchMessage;
    if ("watching" in message) promised = message.watching === id;
    else frames.push(message.frame);
    wake();
  });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  await until(() => promised);
  const talking = await open(`${url}?id=${id}`);
  talking.send("hé");
  await once(talking, "message");
  talking.send(Buffer.alloc(70_000, 7));
  await once(talking, "message");
  talking.ping("!");
  await once(talking, "pong");
  talking.close(1000, "bye");
  await until(() => frames.length >= 8);
  assert.deepEqual(
    frames.map((one) => [one.direction, one.opcode, one.length, one.masked, one.truncated]),
    [
      ["in", 1, 3, true, false],
      ["out", 1, 3, false, false],
      ["in", 2, 70_000, true, true],
      ["out", 2, 70_000, false, true],
      ["in", 9, 1, true, false],
      ["out", 10, 1, false, false],
      ["in", 8, 5, true, false],
      ["out", 8, 2, false, false],
    ],
  );
  const [first, second, third] = frames;
  assert.equal(first?.payload, Buffer.from("hé").toString("hex"));
  assert.equal(first?.header, `8183${first?.key}`);
  assert.equal(second?.header, "8103");
  assert.equal(third?.header, `82ff${(70_000).toString(16).padStart(16, "0")}${third?.key}`);
  assert.equal(third?.payload, "07".repeat(256));
  watching.terminate();
});

test("ids that are none, or watched already, are refused; who watches says nothing", async (t) => {
  const { port } = await chatServer(t);
  const url = `ws://127.0.0.1:${port}/echo`;
  const id = secret();
  assert.equal(await status(`${url}?watch=short`), 400);
  assert.equal(await status(`${url}?id=${"x".repeat(65)}`), 400);
  const watching = await open(`${url}?watch=${id}`);
  assert.equal(await status(`${url}?watch=${id}`), 409);
  watching.send("hello");
  const [code] = (await once(watching, "close")) as [number];
  assert.equal(code, 1003);
  // Free again for the next, and an echo that nobody watches is an echo all the same.
  const again = await open(`${url}?watch=${id}`);
  again.terminate();
  const talking = await open(`${url}?id=${secret()}`);
  talking.send("x");
  assert.equal(String((await once(talking, "message"))[0]), "x");
  talking.terminate();
});
