/** hostile.md T-03: any sequence of calls, frames and ticks leaves a `Connection` where the model is. `TIDEWAY_RUNS` says how many. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Connection } from "../../dist/protocol/connection.js";
import { LimitError, LocalError, PeerError } from "../../dist/protocol/error.js";
import { encodeMessage } from "../../dist/protocol/message-writer.js";
import { OutgoingBuffer } from "../../dist/protocol/outgoing.js";
import { Recorder, rawFrame, toHex } from "../../dist/testing/recorder.js";
import { ConnectionModel, LIMITS, octets, type PeerFrame, type Role } from "./connection-model.js";

const RUNS = Number(process.env["TIDEWAY_RUNS"] ?? 10_000);
const KEY = 0x1234_5678;

/** A connection with what a driver has: bytes that were not taken yet, and a clock. */
class Driven {
  readonly role: Role;
  readonly sink = new Recorder();
  readonly outgoing = new OutgoingBuffer();
  readonly connection: Connection;
  readonly sent: string[] = [];
  unread = new Uint8Array(0);
  now = 1000;
  pauseAtMessage = false;

  constructor(role: Role) {
    this.role = role;
    const { sink } = this;
    const noticed = (): void => {
      if (this.pauseAtMessage) this.connection.pause();
      this.pauseAtMessage = false;
    };
    this.connection = new Connection({
      role,
      outgoing: this.outgoing,
      nextKey: () => 0,
      limits: LIMITS,
      sink: {
        onText: (text) => {
          sink.onText(text);
          noticed();
        },
        onBinary: (bytes, start, end) => {
          sink.onBinary(bytes, start, end);
          noticed();
        },
        onPing: (payload) => sink.onPing(payload),
        onPong: (payload) => sink.onPong(payload),
        onClose: (code, reason) => sink.onClose(code, reason),
        onFailure: (error) => sink.onFailure(error),
      },
    });
    this.connection.tick(this.now);
  }

  /** @param cut where the new bytes are cut in two; what was left before comes first */
  feed(bytes: Uint8Array, cut: number): void {
    for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      const all = Buffer.concat([this.unread, piece]);
      this.unread = new Uint8Array(all.subarray(this.connection.receive(all)));
    }
  }

  /** The frames sent so far, one by one: all are shorter than 126 bytes. */
  collect(): readonly string[] {
    const bytes = this.outgoing.take();
    for (let at = 0; at < bytes.length; ) {
      const end = at + 2 + (this.role === "client" ? 4 : 0) + (bytes[at + 1]! & 0x7f);
      this.sent.push(toHex(bytes.subarray(at, end)));
      at = end;
    }
    return this.sent;
  }
}

/** Both have to agree on everything that can be seen. */
function compare(model: ConnectionModel, real: Driven): void {
  const { connection } = real;
  assert.deepEqual(real.sink.events, model.events);
  const seen = real.collect().map((hex, i) => (model.sent[i]?.startsWith("close ") ? closeOnly(hex, real.role) : hex));
  assert.deepEqual(seen, model.sent);
  assert.deepEqual(
    {
      state: connection.state,
      sendable: connection.sendable,
      finished: connection.finished,
      received: connection.closeReceived?.code,
      sent: connection.closeSent,
      failure: connection.failure?.code,
      paused: connection.paused,
      unread: real.unread.length > 0,
    },
    {
      state: model.state,
      sendable: model.state === "open",
      finished: model.finished,
      received: model.closeReceived,
      sent: model.closeSent,
      failure: model.failure,
      paused: model.paused,
      unread: model.unread.length > 0,
    },
  );
}

/** A close frame without its sentence. */
function closeOnly(hex: string, role: Role): string {
  const at = role === "client" ? 12 : 4;
  return hex.startsWith("88") ? `close ${Number.parseInt(hex.slice(at, at + 4), 16)}: any` : hex;
}

type Step = fc.Command<ConnectionModel, Driven>;

/** A command that can be done at any time: what is done to the model, and what to the connection. */
function step(name: string, model: (model: ConnectionModel) => void, real: (real: Driven) => void): Step {
  return {
    check: () => true,
    run: (expected, driven) => {
      model(expected);
      real(driven);
      compare(expected, driven);
    },
    toString: () => name,
  };
}

/** A call that throws an error with the code that the model gives, or does what the model does. */
function call(
  name: string,
  model: (model: ConnectionModel) => string | undefined,
  real: (connection: Connection) => void,
): Step {
  let code: string | undefined;
  return step(
    name,
    (expected) => {
      code = model(expected);
    },
    ({ connection }) => {
      if (code === undefined) real(connection);
      else assert.throws(() => real(connection), { name: "LocalError", code });
    },
  );
}

const ascii = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 });
const closing = (code: number, reason: string): string => String.fromCharCode(code >> 8, code & 255) + reason;
const control = fc.oneof(ascii, fc.constant("\0\0\0\x01"), fc.constant("\0\0\0\x02"));
const rarely = <T>(value: T, usual: T) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(value) });

/** Frames of the peer, most of them right. */
const frame: fc.Arbitrary<PeerFrame> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        fc.constantFrom(0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x80),
        fc.oneof({ weight: 9, arbitrary: ascii }, { weight: 1, arbitrary: fc.constant("a!") }),
      )
      .map(([first, payload]) => ({ first, payload })),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom(0x89, 0x8a), control).map(([first, payload]) => ({ first, payload })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("", closing(1000, ""), closing(4001, "bye"), closing(1005, ""), closing(1000, "!"), "x")
      .map((payload) => ({ first: 0x88, payload })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(0x81, 0xc1, 0x83, 0x8b, 0x09), rarely(false, true))
      .map(([first, wrongMask]) => ({ first, payload: "", wrongMask })),
  },
);

function bytesOf(role: Role, { first, payload, wrongMask = false }: PeerFrame): Uint8Array {
  return rawFrame(first, octets(payload), (role === "server") !== wrongMask ? KEY : undefined);
}

const send = (opcode: number, kind: "text" | "binary") => (payload: string) =>
  call(
    `send ${kind} ${JSON.stringify(payload)}`,
    (model) => {
      if (model.state !== "open") return "ERR_NOT_OPEN";
      if (model.pieces !== undefined) return "ERR_MESSAGE_UNFINISHED";
      model.send(0x80 | opcode, octets(payload));
      return undefined;
    },
    (connection) => (kind === "text" ? connection.sendText(payload) : connection.sendBinary(octets(payload))),
  );

const piece = (kind: "text" | "binary", payload: string, final: boolean): Step =>
  call(
    `send piece ${kind} ${JSON.stringify(payload)} ${final}`,
    (model) => {
      if (model.state !== "open") return "ERR_NOT_OPEN";
      if (model.pieces !== undefined && model.pieces !== kind) return "ERR_PIECE_TYPE";
      const opcode = model.pieces !== undefined ? 0 : kind === "text" ? 1 : 2;
      model.send((final ? 0x80 : 0) | opcode, octets(payload));
      model.pieces = final ? undefined : kind;
      return undefined;
    },
    (connection) => connection.sendPiece(kind === "text" ? payload : octets(payload), final),
  );

const prepared = (text: string): Step =>
  call(
    `send prepared ${JSON.stringify(text)}`,
    (model) => {
      if (model.role === "client") return "ERR_MASK_REQUIRED";
      if (model.state !== "open") return "ERR_NOT_OPEN";
      if (model.pieces !== undefined) return "ERR_MESSAGE_UNFINISHED";
      model.send(0x81, octets(text));
      return undefined;
    },
    (connection) => connection.sendEncoded(encodeMessage(text)),
  );

const heartbeat = (first: 0x89 | 0x8a, payload: string): Step =>
  call(
    `${first === 0x89 ? "ping" : "pong"} ${JSON.stringify(payload)}`,
    (model) => {
      if (model.state !== "open") return "ERR_NOT_OPEN";
      if (payload.length > 125) return "ERR_CONTROL_ARGUMENT";
      model.send(first, octets(payload));
      if (first === 0x89) model.ownPing = payload;
      return undefined;
    },
    (connection) => (first === 0x89 ? connection.ping(octets(payload)) : connection.pong(octets(payload))),
  );

const errors = [
  new PeerError("ERR_OPCODE", 1002, "why"),
  new LimitError("ERR_SEND_LIMIT", 1013, ""),
  new LocalError("ERR_TERMINATED", "x"),
];

const tick = (elapsed: number): Step => {
  let ended: string | undefined;
  return step(
    `tick ${elapsed}`,
    (model) => {
      ended = model.tick(elapsed);
      if (ended === undefined) return;
      model.end();
      model.unread = [];
    },
    (real) => {
      real.now += elapsed;
      const error = real.connection.tick(real.now);
      assert.equal(error?.code, ended);
      if (error !== undefined) real.connection.end();
      // What lay unread when the transport ended is read by nobody.
      if (error !== undefined) real.feed(new Uint8Array(0), 0);
    },
  );
};

const steps: readonly fc.Arbitrary<Step>[] = [
  ascii.map(send(1, "text")),
  ascii.map(send(2, "binary")),
  ascii.map(prepared),
  fc.tuple(fc.constantFrom("text" as const, "binary" as const), ascii, fc.boolean()).map((args) => piece(...args)),
  fc
    .tuple(fc.constantFrom(0x89 as const, 0x8a as const), fc.oneof(ascii, rarely("z".repeat(126), "z")))
    .map((args) => heartbeat(...args)),
  fc.tuple(fc.constantFrom(1000, 1001, 1005, 4999), fc.constantFrom("", "done")).map(([code, reason]) =>
    call(
      `close ${code} ${reason}`,
      (model) => {
        if (code === 1005 && reason !== "") return "ERR_CLOSE_ARGUMENT";
        model.close(code, reason);
        return undefined;
      },
      (connection) => connection.close(code, reason),
    ),
  ),
  fc.constantFrom(...errors).map((error) =>
    step(
      `fail ${error.code}`,
      (model) => {
        model.fail(error.code, error instanceof LocalError ? undefined : error.closeCode, error.message);
        if (model.finished) model.unread = [];
      },
      (real) => {
        real.connection.fail(error);
        real.feed(new Uint8Array(0), 0);
      },
    ),
  ),
  fc.constant(
    step(
      "end",
      (model) => {
        model.end();
        model.unread = [];
      },
      (real) => {
        real.connection.end();
        real.feed(new Uint8Array(0), 0);
      },
    ),
  ),
  fc.constant(
    step(
      "pause",
      (model) => {
        model.paused = true;
      },
      ({ connection }) => connection.pause(),
    ),
  ),
  fc.constant(
    step(
      "pause at the next message",
      (model) => {
        model.pauseAtMessage = true;
      },
      (real) => {
        real.pauseAtMessage = true;
      },
    ),
  ),
  fc.constant(
    step(
      "resume",
      (model) => {
        model.paused = false;
        model.receive([]);
      },
      (real) => {
        real.connection.resume();
        real.feed(new Uint8Array(0), 0);
      },
    ),
  ),
  fc.constant(
    step(
      "blocked",
      (model) => {
        model.blocked = true;
      },
      ({ outgoing }) => {
        outgoing.blocked = true;
      },
    ),
  ),
  fc.constant(
    step(
      "drained",
      (model) => model.drained(),
      (real) => {
        real.outgoing.blocked = false;
        real.connection.drained();
      },
    ),
  ),
  fc.constantFrom(0, 400, 1000, 3000, 5000, 60_000).map(tick),
];

/** Frames of the peer are half of what happens. */
const peer = (role: Role): fc.Arbitrary<Step> =>
  fc.tuple(fc.array(frame, { minLength: 1, maxLength: 4 }), fc.nat(60)).map(([frames, cut]) =>
    step(
      `peer ${JSON.stringify(frames)} cut at ${cut}`,
      (model) => model.receive(frames),
      (real) => real.feed(Buffer.concat(frames.map((each) => bytesOf(role, each))), cut),
    ),
  );

for (const role of ["server", "client"] as const) {
  test(`${role}: ${RUNS} sequences of calls, frames and ticks go as in the model`, () => {
    const some = [...steps, peer(role), peer(role), peer(role), peer(role), steps.at(-1)!, steps.at(-1)!];
    fc.assert(
      fc.property(fc.commands(some, { maxCommands: 60, size: "max" }), (commands) => {
        fc.modelRun(() => ({ model: new ConnectionModel(role), real: new Driven(role) }), commands);
      }),
      { numRuns: RUNS, endOnFailure: false },
    );
  });
}
