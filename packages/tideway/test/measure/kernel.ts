/**
 * The figures of docs/decisions/0010-wasm-kernel.md:
 *
 *     npm run build && node packages/tideway/dist-test/measure/kernel.js [section …]
 *
 * Sections: mask, validate, text, encode; without one all of them. Nanoseconds a call, the best of many short rounds: a round of half a
 * millisecond is seldom disturbed, and what is measured here does not vary by itself.
 */

import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { outputArena, readArena } from "../../dist/node/arena.js";
import { WasmKernel } from "../../dist/node/kernel/node-kernel.js";
import { stringSlice } from "../../dist/node/undocumented/string-slice.js";
import { portableKernel } from "../../dist/protocol/kernel.js";

const ROUND = 500_000;
const ROUNDS = 100;
/** The payload of a masked frame begins there. */
const AT = 6;
const KEY = 0xc1_42_43_44;

const wasm = WasmKernel.open()!;
/** As a stream gives it. */
const far = Buffer.alloc((1 << 20) + AT);
const bufferutil = optional("bufferutil") as { unmask(bytes: Uint8Array, mask: Uint8Array): void } | undefined;

function optional(name: string): unknown {
  try {
    return createRequire(import.meta.url)(name);
  } catch {
    return undefined;
  }
}

function nanoseconds(call: () => unknown): string {
  const run = (count: number) => {
    const began = process.hrtime.bigint();
    for (let i = 0; i < count; i++) call();
    return Number(process.hrtime.bigint() - began) / count;
  };
  for (let i = 0; i < 20; i++) run(1000);
  const count = Math.max(1, Math.ceil(ROUND / run(100)));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) best = Math.min(best, run(count));
  return best < 100 ? best.toFixed(1) : best.toFixed(0);
}

function row(...cells: readonly (string | number)[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

/** Text of about `bytes` bytes of UTF-8, as a string of its own. */
function sample(unit: string, bytes: number): string {
  return Buffer.from(unit.repeat(Math.max(1, Math.floor(bytes / Buffer.byteLength(unit))))).toString();
}

function mask(): void {
  row("bytes", "wasm, arena", "wasm kernel, elsewhere", "portable", "bufferutil and its view");
  const key = Uint8Array.of(1, 2, 3, 4);
  for (const size of [4, 8, 16, 64, 125, 256, 1024, 4096, 16_384, 65_000, 1 << 20]) {
    row(
      size,
      size > readArena.length ? "" : nanoseconds(() => wasm.mask(readArena, AT, AT + size, KEY, 0)),
      nanoseconds(() => wasm.mask(far, AT, AT + size, KEY, 0)),
      nanoseconds(() => portableKernel.mask(far, AT, AT + size, KEY, 0)),
      bufferutil === undefined ? "" : nanoseconds(() => bufferutil.unmask(far.subarray(AT, AT + size), key)),
    );
  }
}

function validate(): void {
  row("bytes", "text", "wasm, arena", "wasm kernel, elsewhere", "portable");
  for (const [what, unit] of [
    ["ASCII", "a"],
    ["Cyrillic", "ж"],
    ["Chinese", "漢"],
  ] as const) {
    for (const size of [16, 64, 128, 256, 1024, 16_384]) {
      const bytes = Buffer.from(sample(unit, size));
      readArena.set(bytes, AT);
      far.set(bytes, AT);
      const end = AT + bytes.length;
      row(
        size,
        what,
        nanoseconds(() => wasm.validateUtf8(0, readArena, AT, end)),
        nanoseconds(() => wasm.validateUtf8(0, far, AT, end)),
        nanoseconds(() => portableKernel.validateUtf8(0, far, AT, end)),
      );
    }
  }
}

function text(): void {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const arena = Buffer.from(readArena.buffer, readArena.byteOffset, readArena.length);
  const strings = stringSlice(arena);
  row(
    "bytes",
    "text",
    "unmaskText: wasm, arena",
    "elsewhere",
    "portable",
    "latin1Slice",
    "utf8Slice",
    'toString("utf8")',
    "TextDecoder",
  );
  for (const [what, unit] of [
    ["ASCII", "a"],
    ["Cyrillic", "ж"],
  ] as const) {
    for (const size of [16, 64, 1024, 16_384]) {
      const bytes = Buffer.from(sample(unit, size));
      readArena.set(bytes, AT);
      far.set(bytes, AT);
      const end = AT + bytes.length;
      // Nothing is masked: a key of 0 makes the same work and leaves the text as it is.
      row(
        size,
        what,
        nanoseconds(() => wasm.unmaskText(readArena, AT, end, 0)),
        nanoseconds(() => wasm.unmaskText(far, AT, end, 0)),
        nanoseconds(() => portableKernel.unmaskText(far, AT, end, 0)),
        nanoseconds(() => strings.latin1Slice(AT, end)),
        nanoseconds(() => strings.utf8Slice(AT, end)),
        nanoseconds(() => arena.toString("utf8", AT, end)),
        nanoseconds(() => decoder.decode(readArena.subarray(AT, end))),
      );
    }
  }
}

function encode(): void {
  row("bytes", "text", "kernel", "Buffer#write", "TextEncoder#encodeInto");
  const buffer = Buffer.from(outputArena.buffer, outputArena.byteOffset, outputArena.length);
  for (const [what, unit] of [
    ["ASCII", "a"],
    ["Cyrillic", "ж"],
  ] as const) {
    for (const size of [8, 16, 64, 1024, 16_384]) {
      const of = sample(unit, size);
      row(
        size,
        what,
        nanoseconds(() => wasm.encodeUtf8(of, outputArena, AT)),
        nanoseconds(() => buffer.write(of, AT)),
        nanoseconds(() => portableKernel.encodeUtf8(of, outputArena, AT)),
      );
    }
  }
}

const sections = { mask, validate, text, encode };
const chosen = process.argv.slice(2);
for (const [name, section] of Object.entries(sections)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  process.stdout.write(`\n${name}\n`);
  section();
}
