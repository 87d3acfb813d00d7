import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { CLOSE, frame, type RawPeer, rawServer } from "./raw-server.js";

const dist = new URL("../../../dist/node/client/", import.meta.url).href;

/** Says how long after its result the process ended by itself. */
const report = `
  let finished;
  const done = (result) => {
    console.log(result);
    finished = performance.now();
  };
  process.on("exit", () => console.log(performance.now() - finished));`;

/** Runs a program in a process of its own; gives what it told `done`, its exit code, and the milliseconds from then to its end. */
async function run(source: string): Promise<{ lines: string[]; code: number | null; left: number }> {
  const args = ["--input-type=module", "-e", report + source];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk;
  });
  const kill = setTimeout(() => child.kill(), 8000);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(kill);
  const lines = out.trim().split("\n");
  return { code, left: Number(lines.pop()), lines };
}

async function polite(peer: RawPeer): Promise<void> {
  await peer.accept();
  const { payload } = await peer.frame();
  peer.socket.end(frame(CLOSE, payload));
}

const programs: readonly (readonly [name: string, source: (url: string) => string])[] = [
  [
    "after connect and close",
    (url) => `
      import { connect } from "${dist}connect.js";
      const connection = await connect("${url}", { signal: new AbortController().signal });
      done((await connection.close()).wasClean);`,
  ],
  [
    "after WebSocket and close",
    (url) => `
      import { WebSocket } from "${dist}websocket.js";
      const socket = new WebSocket("${url}");
      socket.onopen = () => socket.close(1000);
      socket.onclose = (event) => done(event.wasClean);`,
  ],
  [
    "after a refusal",
    () => `
      import { connect } from "${dist}connect.js";
      await connect("ws://127.0.0.1:1/").catch((error) => done(error.code === "ERR_CONNECT"));`,
  ],
  [
    "after an attempt that was aborted",
    (url) => `
      import { connect } from "${dist}connect.js";
      const controller = new AbortController();
      const opening = connect("${url}", { signal: controller.signal });
      controller.abort();
      await opening.catch((error) => done(error.name === "AbortError"));`,
  ],
];

for (const [name, source] of programs) {
  test(`C-22: the process ends by itself ${name}`, async (t) => {
    const server = await rawServer(t, polite);
    const { lines, code, left } = await run(source(server.url));
    assert.deepEqual(lines, ["true"]);
    assert.equal(code, 0);
    // The bound is 100 ms; the rest is for a machine that is busy with other tests.
    assert.ok(left < 250, `${left} ms`);
  });
}

test("an open connection keeps the process, although nobody reads from it", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept();
    setTimeout(() => peer.socket.write(frame(CLOSE, Buffer.of(3, 232))), 300);
    await peer.frame();
    peer.socket.end();
  });
  const began = performance.now();
  const { lines } = await run(`
    import { connect } from "${dist}connect.js";
    const connection = await connect("${server.url}");
    connection.closed.then(({ code }) => done(code));`);
  assert.deepEqual(lines, ["1000"]);
  assert.ok(performance.now() - began > 300);
});
