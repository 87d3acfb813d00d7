import assert from "node:assert/strict";
import { test } from "node:test";
import { LimitError, PeerError } from "../../dist/protocol/error.js";
import { FrameDecoder, type FrameHandler } from "../../dist/protocol/frame-decoder.js";
import {
  type FrameReport,
  reportEncoded,
  reportFrame,
  TAP_BYTES,
  TappedHandler,
} from "../../dist/protocol/frame-tap.js";
import { portableKernel } from "../../dist/protocol/kernel.js";
import type { Failure } from "../../dist/protocol/sink.js";
import { chunkings, piecesOf, whole } from "../../dist/testing/chunking.js";
import { fromHex, rawFrame, toHex } from "../../dist/testing/recorder.js";

const KEY = 0x37_fa_21_3d;

/** Notes when it is called, in the same list as the reports. */
class Inner implements FrameHandler {
  reading = true;
  failure: Failure | undefined;
  readonly log: string[];

  constructor(log: string[]) {
    this.log = log;
  }

  onFirst(): Failure | undefined {
    return undefined;
  }

  onLength(length: number): Failure | undefined {
    return length > 1000 ? this.failure : undefined;
  }

  onPayload(_bytes: Uint8Array, _start: number, _end: number, last: boolean): Failure | undefined {
    if (last) this.log.push("payload");
    return undefined;
  }

  onEnd(): Failure | undefined {
    this.log.push("end");
    return undefined;
  }
}

function tapped(masked: boolean): {
  log: string[];
  reports: FrameReport[];
  decoder: FrameDecoder;
  inner: Inner;
  handler: TappedHandler;
} {
  const log: string[] = [];
  const reports: FrameReport[] = [];
  const inner = new Inner(log);
  const handler = new TappedHandler(inner, (report) => {
    log.push("report");
    reports.push(report);
  });
  const decoder = new FrameDecoder(handler, portableKernel, masked);
  handler.decoder = decoder;
  return { log, reports, decoder, inner, handler };
}

test("a report holds the header as on the wire and the beginning of the payload", () => {
  const payload = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
  const report = reportFrame("out", 0x82, 300, KEY, payload);
  assert.equal(toHex(report.header), "82fe012c37fa213d");
  assert.deepEqual(
    { ...report, header: 0, payload: toHex(report.payload) },
    {
      direction: "out",
      header: 0,
      first: 0x82,
      length: 300,
      key: KEY,
      payload: toHex(payload.subarray(0, TAP_BYTES)),
    },
  );
});

test("a report's payload is its own, that of a Buffer too", () => {
  const payload = Buffer.from("abc");
  const report = reportFrame("in", 0x81, 3, undefined, payload);
  payload.fill(0);
  assert.equal(toHex(report.payload), "616263");
});

for (const key of [undefined, KEY]) {
  for (const length of [0, 1, 125, 126, TAP_BYTES - 1, TAP_BYTES, TAP_BYTES + 1, 600]) {
    test(`each ${key === undefined ? "" : "masked "}frame of ${length} bytes that comes in is reported, in every chunking`, () => {
      const payload = Uint8Array.from({ length }, (_, i) => (i * 3) & 0xff);
      const bytes = Buffer.concat([rawFrame(0x82, payload, key), rawFrame(0x89, "", key), rawFrame(0x81, "ab", key)]);
      for (const { name, pieces } of chunkings(bytes)) {
        const { log, reports, decoder } = tapped(key !== undefined);
        for (const piece of pieces) decoder.decode(new Uint8Array(piece), 0, piece.length, 9);
        assert.equal(reports.length, 3, name);
        let at = 0;
        for (const { direction, header, length: announced, key: reported } of reports) {
          assert.equal(direction, "in");
          assert.equal(reported, key);
          assert.equal(toHex(header), toHex(bytes.subarray(at, at + header.length)), name);
          at += header.length + announced;
        }
        assert.deepEqual(
          reports.map((report) => toHex(report.payload)),
          [toHex(payload.subarray(0, TAP_BYTES)), "", "6162"],
          name,
        );
        const first = length === 0 ? ["report", "end"] : ["report", "payload", "end"];
        assert.deepEqual(
          log,
          [...first, "report", "end", "report", "payload", "end"],
          "reported before it is acted on",
        );
      }
    });
  }
}

test("a frame that is refused by its header is not reported, and costs no room", () => {
  const { reports, decoder, inner } = tapped(false);
  inner.failure = new LimitError("ERR_X", 1009, "too big");
  decoder.decode(fromHex("82 7e 0400"), 0, 4, 9);
  assert.equal(decoder.failure, inner.failure);
  assert.equal(reports.length, 0);
});

test("failures and reading are the inner handler's", () => {
  const { decoder, inner, handler } = tapped(false);
  inner.reading = false;
  assert.equal(handler.reading, false);
  const failure = new PeerError("ERR_X", 1002, "no");
  inner.onFirst = () => failure;
  decoder.decode(fromHex("82"), 0, 1, 9);
  assert.equal(decoder.failure, failure);
});

test("without a decoder the key is unknown, not an error", () => {
  const reports: FrameReport[] = [];
  const handler = new TappedHandler(new Inner([]), (report) => reports.push(report));
  handler.onFirst(0x82);
  handler.onLength(0);
  handler.onEnd();
  assert.equal(reports[0]?.key, undefined);
});

test("frames that were encoded before are reported one by one", () => {
  const frames = [
    rawFrame(0x81, "a"),
    rawFrame(0x82),
    rawFrame(0x82, new Uint8Array(126)),
    rawFrame(0x82, new Uint8Array(70_000).fill(9)),
  ];
  const reports: FrameReport[] = [];
  reportEncoded(Buffer.concat(frames), (report) => reports.push(report));
  assert.deepEqual(
    reports.map(({ direction, first, length, payload }) => [direction, first, length, payload.length]),
    [
      ["out", 0x81, 1, 1],
      ["out", 0x82, 0, 0],
      ["out", 0x82, 126, 126],
      ["out", 0x82, 70_000, 256],
    ],
  );
  for (const [index, report] of reports.entries()) {
    assert.equal(toHex(report.header), toHex(frames[index]!.subarray(0, report.header.length)));
  }
  assert.equal(reports[3]?.payload[255], 9);
});

test("a chunking of single bytes and one of one piece agree on more than one report", () => {
  const bytes = Buffer.concat([rawFrame(0x81, "abc"), rawFrame(0x81, "def")]);
  const seen = [whole(bytes), piecesOf(bytes, 1)].map(({ pieces }) => {
    const { reports, decoder } = tapped(false);
    for (const piece of pieces) decoder.decode(new Uint8Array(piece), 0, piece.length, 9);
    return reports.map(({ payload }) => toHex(payload));
  });
  assert.deepEqual(seen[0], seen[1]);
});
