import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { outputArena, readArena } from "../../../dist/node/arena.js";
import { ARENA_START, arenaBuffer, memory } from "../../../dist/node/kernel/memory.js";
import { nodeKernel, WasmKernel } from "../../../dist/node/kernel/node-kernel.js";
import { portableKernel } from "../../../dist/protocol/kernel.js";
import { kernelPlaces } from "../../../dist/testing/kernel-place.js";
import { kernelContract } from "../../protocol/kernel-contract.js";

for (const place of kernelPlaces.filter(({ kernel }) => kernel !== portableKernel)) kernelContract(place);

kernelContract({
  name: "wasm, a Buffer of a stream",
  kernel: WasmKernel.open()!,
  place: (bytes) => Buffer.from(bytes),
});

test("this runtime runs the module: the fast kernel is the one that is used, unless it is told otherwise", () => {
  assert.deepEqual(
    kernelPlaces.map(({ name }) => name),
    ["portable", "wasm in the arena", "wasm elsewhere"],
  );
  const told = process.env["TIDEWAY_KERNEL"] === "portable";
  assert.equal(nodeKernel instanceof WasmKernel, !told);
});

test("the arena lies in the kernel's memory, behind its first page, and cannot be taken away", () => {
  assert.equal(arenaBuffer, memory?.buffer);
  for (const part of [readArena, outputArena]) {
    assert.equal(part.buffer, arenaBuffer);
    assert.ok(part.byteOffset >= ARENA_START);
  }
  try {
    structuredClone(arenaBuffer, { transfer: [arenaBuffer] });
  } catch {
    // A version of Node may copy it instead, or refuse.
  }
  assert.equal(arenaBuffer.byteLength, 8 * 65_536);
});

test("the ends of the memory: nothing is read or written beyond them", () => {
  const all = new Uint8Array(arenaBuffer);
  const kernel = WasmKernel.open()!;
  for (let length = 0; length < 100; length++) {
    const start = all.length - length;
    all.fill(0x61, start);
    kernel.mask(all, start, all.length, 0, 0);
    assert.equal(kernel.validateUtf8(0, all, start, all.length), 0);
    assert.equal(kernel.unmaskText(all, start, all.length, undefined), "a".repeat(length));
  }
});

test("the reader's memory, the writer's, and any other by turns", () => {
  const arrays = [readArena, new Uint8Array(64), outputArena, Buffer.alloc(64), readArena.subarray(100)];
  for (let round = 0; round < 20; round++) {
    const bytes = arrays[(round * round) % arrays.length]!;
    bytes.set(Buffer.from("żółw"), 9);
    assert.equal(nodeKernel.decodeUtf8(bytes, 9, 16), "żółw");
    nodeKernel.mask(bytes, 9, 13, 0x01_02_03_04, 0);
    assert.deepEqual([...bytes.subarray(9, 13)], [0xc5 ^ 1, 0xbc ^ 2, 0xc3 ^ 3, 0xb3 ^ 4]);
  }
});

const SHOW = `
  const { nodeKernel } = await import(${JSON.stringify(new URL("../../../dist/node/kernel/node-kernel.js", import.meta.url).href)});
  const { portableKernel } = await import(${JSON.stringify(new URL("../../../dist/protocol/kernel.js", import.meta.url).href)});
  const { readArena } = await import(${JSON.stringify(new URL("../../../dist/node/arena.js", import.meta.url).href)});
  readArena.set(Buffer.from("Hello, wörld"));
  console.log(nodeKernel === portableKernel, nodeKernel.unmaskText(readArena, 0, 13, undefined));
`;
for (const [what, flags, env, expected] of [
  ["as it is", [], {}, "false Hello, wörld\n"],
  ["where no machine code may be made", ["--jitless"], {}, "true Hello, wörld\n"],
  ["where TIDEWAY_KERNEL says portable", [], { TIDEWAY_KERNEL: "portable" }, "true Hello, wörld\n"],
] as const) {
  test(`${what}: ${expected.startsWith("true") ? "plain TypeScript" : "WebAssembly"}, with an arena`, () => {
    const { TIDEWAY_KERNEL: _, ...rest } = process.env;
    const args = [...flags, "--no-warnings", "--input-type=module", "--eval", SHOW];
    assert.equal(execFileSync(process.execPath, args, { env: { ...rest, ...env }, encoding: "utf8" }), expected);
  });
}
