// The echo page: every frame of an exchange, as RFC 6455 section 5.2 lays it out, and as it was on the wire.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator } from "playwright-core";
import type { ChatPage } from "./chat-page.js";
import { eventually } from "./eventually.js";
import { Stage, skip } from "./stage.js";

const stage = new Stage();

/** One frame as the page shows it when it is opened. */
interface Inside {
  readonly direction: string;
  readonly opcode: string;
  readonly flags: string;
  readonly length: string;
  /** The cells of the first two bytes: name and bits. */
  readonly bits: readonly (readonly [name: string, value: string])[];
  /** The fields after them: name and hex. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly header: string;
  /** The hex of every dump under its heading. */
  readonly dumps: Readonly<Record<string, string>>;
  readonly text: string;
}

async function open(frame: Locator): Promise<Inside> {
  const details = frame.locator("details");
  if (!(await details.evaluate((one) => (one as HTMLDetailsElement).open))) await frame.locator("summary").click();
  await frame.locator(".header-hex").waitFor();
  return await frame.evaluate((item) => {
    const text = (root: Element, selector: string): string => root.querySelector(selector)?.textContent ?? "";
    const pair = (cell: Element): [string, string] => [text(cell, ".cell-name"), text(cell, ".cell-value")];
    const hex = (dump: Element): string =>
      [...dump.querySelectorAll(".dump-line")]
        .map((line) => {
          const offset = text(line, ".offset").length;
          return (line.textContent ?? "").slice(offset, offset + 2 + 8 * 3).trim();
        })
        .join(" ");
    const dumps: Record<string, string> = {};
    for (const dump of item.querySelectorAll(".dump")) {
      const heading = dump.previousElementSibling;
      dumps[heading?.tagName === "H4" ? (heading.textContent ?? "") : "payload"] = hex(dump);
    }
    return {
      direction: (item as HTMLElement).dataset["direction"] ?? "",
      opcode: text(item, ".opcode"),
      flags: text(item, ".flags"),
      length: text(item, ".length"),
      bits: [...item.querySelectorAll(".byte .cell")].map(pair),
      fields: [...item.querySelectorAll(".bytes")].map(pair),
      header: text(item, ".header-hex"),
      dumps,
      text: text(item, ".as-text"),
    };
  });
}

const hex = (bytes: Iterable<number>): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
const bytes = (text: string): number[] => (text === "" ? [] : text.split(" ").map((byte) => Number.parseInt(byte, 16)));

/** Section 5.2, written down once more: what the header of an unfragmented frame without extensions must be. */
function checkFrame(seen: Inside, direction: "up" | "down", opcode: number, payload: Uint8Array): void {
  const masked = direction === "up";
  const { length } = payload;
  const length7 = length < 126 ? length : length < 65_536 ? 126 : 127;
  const extended = Buffer.alloc(length7 === 127 ? 8 : length7 === 126 ? 2 : 0);
  if (length7 === 127) extended.writeBigUInt64BE(BigInt(length));
  else if (length7 === 126) extended.writeUInt16BE(length);
  const second = (masked ? 0x80 : 0) | length7;
  assert.equal(seen.direction, direction);
  assert.equal(seen.flags, masked ? "FIN MASK" : "FIN");
  assert.equal(seen.length, `${length.toLocaleString("en-US")} bytes`);
  assert.deepEqual(seen.bits, [
    ["FIN", "1"],
    ["RSV1", "0"],
    ["RSV2", "0"],
    ["RSV3", "0"],
    ["opcode", opcode.toString(2).padStart(4, "0")],
    ["MASK", masked ? "1" : "0"],
    ["length", length7.toString(2).padStart(7, "0")],
  ]);
  const key = masked ? (seen.fields.at(-1)?.[1] ?? "") : "";
  if (masked) assert.match(key, /^([0-9a-f]{2} ){3}[0-9a-f]{2}$/);
  assert.deepEqual(seen.fields, [
    ...(extended.length > 0 ? [["length", hex(extended)]] : []),
    ...(masked ? [["key", key]] : []),
  ]);
  const header = [0x80 | opcode, second, ...extended, ...bytes(key)];
  assert.equal(seen.header, hex(header));
  const shown = payload.subarray(0, 256);
  if (length === 0) assert.deepEqual(seen.dumps, {});
  else if (masked) {
    const mask = bytes(key);
    assert.equal(seen.dumps["Payload unmasked"], hex(shown));
    assert.equal(seen.dumps["Payload on the wire"], hex(shown.map((byte, i) => byte ^ (mask[i % 4] ?? 0))));
  } else assert.equal(seen.dumps["payload"], hex(shown));
}

/** The frames of one message and its echo, opened. */
async function exchange(echo: ChatPage, send: () => Promise<void>): Promise<readonly [Inside, Inside]> {
  const before = await echo.get("frame").count();
  await send();
  await eventually(async () => assert.equal(await echo.get("frame").count(), before + 2));
  return [await open(echo.get("frame").nth(before)), await open(echo.get("frame").nth(before + 1))];
}

test("every frame is shown as it was on the wire: text and bytes of every way to write a length, and the close", {
  skip,
}, async (t) => {
  const echo = await stage.visitor(t, "about:blank");
  const sent: Buffer[] = [];
  const received: Buffer[] = [];
  echo.page.on("websocket", (socket) => {
    if (socket.url().includes("watch=")) return;
    socket.on("framesent", ({ payload }) => void sent.push(Buffer.from(payload as string)));
    socket.on("framereceived", ({ payload }) => void received.push(Buffer.from(payload as string)));
  });
  await echo.page.goto("/echo");
  await eventually(async () => assert.equal(await echo.get("echo-state").textContent(), "Connected"));
  assert.equal(await echo.get("echo-mode").textContent(), "Live", "the frames are the server's own reports");
  assert.equal(await echo.get("frame").count(), 0);

  for (const text of ["Hello, wire!", "x".repeat(125), "你好 👩‍👩‍👧 – zwölf", "y".repeat(300)]) {
    const [up, down] = await exchange(echo, async () => {
      await echo.get("echo-text").fill(text);
      await echo.page.getByRole("button", { name: "Send text" }).click();
    });
    const payload = Buffer.from(text);
    checkFrame(up, "up", 1, payload);
    checkFrame(down, "down", 1, payload);
    assert.deepEqual([up.opcode, down.opcode], ["text", "text"]);
    if (payload.length <= 256) assert.deepEqual([up.text, down.text], [text, text]);
  }
  for (const size of [0, 1, 125, 126, 1000, 65_535, 65_536]) {
    const [up, down] = await exchange(echo, async () => {
      await echo.get("echo-size").selectOption(String(size));
      await echo.page.getByRole("button", { name: "Send binary" }).click();
    });
    // The driver does not report frames without a payload.
    const payload = size === 0 ? Buffer.alloc(0) : (sent.at(-1) ?? assert.fail("nothing was sent"));
    assert.equal(payload.length, size);
    if (size > 0) assert.deepEqual(received.at(-1), payload);
    checkFrame(up, "up", 2, payload);
    checkFrame(down, "down", 2, payload);
    assert.deepEqual([up.opcode, down.opcode], ["binary", "binary"]);
  }
  const figures = (await echo.get("echo-figures").locator("dd").allTextContents()).map((text) =>
    text.replace(/,/g, ""),
  );
  assert.equal(figures[0], "22");
  const payloads = sent.reduce((sum, one) => sum + one.length, 0);
  const lengths = sent.reduce((sum, { length }) => sum + (length < 126 ? 0 : length < 65_536 ? 2 : 8), 0);
  assert.equal(figures[1], `${payloads + lengths + 11 * 6} bytes`);
  assert.equal(figures[2], `${payloads + lengths + 11 * 2} bytes`);
  assert.match(figures[3] ?? "", /^[\d.]+ ms \(median [\d.]+ ms\)$/);

  const [up, down] = await exchange(echo, async () => {
    await echo.page.getByLabel("Code").fill("3210");
    await echo.page.getByLabel("Reason").fill("see you 再见");
    await echo.page.getByRole("button", { name: "Close", exact: true }).click();
  });
  const close = Buffer.concat([Buffer.from([3210 >> 8, 3210 & 0xff]), Buffer.from("see you 再见")]);
  checkFrame(up, "up", 8, close);
  assert.equal(up.opcode, "close");
  assert.deepEqual([down.opcode, down.bits[5], down.header.slice(0, 2)], ["close", ["MASK", "0"], "88"]);
  assert.deepEqual(bytes(down.dumps["payload"] ?? "").slice(0, 2), [3210 >> 8, 3210 & 0xff]);
  await eventually(async () => assert.equal(await echo.get("echo-state").textContent(), "Closed with code 3210"));

  await echo.page.getByRole("button", { name: "Connect" }).click();
  await eventually(async () => assert.equal(await echo.get("echo-state").textContent(), "Connected"));
  const [again] = await exchange(echo, () => echo.page.getByRole("button", { name: "Send text" }).click());
  assert.equal(again.opcode, "text");
});

test("a code that a page may not close with is refused at the field", { skip }, async (t) => {
  const echo = await stage.visitor(t, "/echo");
  await eventually(async () => assert.equal(await echo.get("echo-state").textContent(), "Connected"));
  for (const [code, reason] of [
    ["1001", ""],
    ["2999", ""],
    ["5000", ""],
    ["x", ""],
    ["3000", "再".repeat(42)],
  ] as const) {
    await echo.page.getByLabel("Code").fill(code);
    await echo.page.getByLabel("Reason").fill(reason);
    await echo.page.getByRole("button", { name: "Close", exact: true }).click();
    assert.equal(
      await echo.page.locator("#close-error").textContent(),
      "A page may close with 1000 or 3000 to 4999, and a reason of at most 123 bytes.",
    );
    assert.equal(await echo.get("echo-state").textContent(), "Connected");
  }
  assert.equal(await echo.get("frame").count(), 0);
});

test("/echo is the page for a browser that navigates and the echo for one that upgrades; markup comes back as text", {
  skip,
}, async (t) => {
  const answer = await fetch(`${stage.server.origin}/echo`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
  const echo = await stage.visitor(t, "/echo");
  await eventually(async () => assert.equal(await echo.get("echo-state").textContent(), "Connected"));
  const active = "script,img,iframe,object,embed";
  const before = await echo.page.locator(active).count();
  const text = "<img src=x onerror=globalThis.ran=1><script>globalThis.ran=1</script>";
  const [up] = await exchange(echo, async () => {
    await echo.get("echo-text").fill(text);
    await echo.get("echo-text").press("Enter");
  });
  assert.equal(up.text, text);
  assert.equal(await echo.page.locator(active).count(), before);
  assert.equal(await echo.page.evaluate(() => "ran" in globalThis), false);
  await echo.page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await echo.get("frame").count(), 0);
});
