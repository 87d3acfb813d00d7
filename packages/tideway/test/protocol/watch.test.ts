import assert from "node:assert/strict";
import { test } from "node:test";
import { LimitError, LocalError } from "../../dist/protocol/error.js";
import { type Limits, resolveLimits } from "../../dist/protocol/limits.js";
import { MAX_STEP, Watch, type Watched } from "../../dist/protocol/watch.js";
import { toHex } from "../../dist/testing/recorder.js";

const SECOND = 1000;

/** A watch on a fake connection, and a clock that ticks as a driver does. */
class Bench implements Watched {
  readonly watch: Watch;
  unfinished: number | undefined;
  paused = false;
  closing = false;
  /** Seconds at which pings went out, and their payloads. */
  readonly pings: number[] = [];
  payload: Uint8Array = new Uint8Array(0);
  now: number;
  counted = 0;
  readonly #from: number;

  constructor(limits: Partial<Limits> = {}, from = 1_000_000) {
    this.watch = new Watch(resolveLimits("server", limits));
    this.now = from;
    this.#from = from;
    this.tick();
  }

  sendHeartbeat(payload: Uint8Array): void {
    this.pings.push((this.now - this.#from) / SECOND);
    this.payload = payload;
  }

  tick(): string | undefined {
    const { elapsed, failure } = this.watch.tick(this.now, this);
    this.counted += elapsed;
    assert.ok(failure === undefined || failure instanceof LocalError || failure instanceof LimitError);
    return failure?.code;
  }

  /** Lets `seconds` pass with a tick in each; the first failure and its second, or undefined. */
  pass(seconds: number, each: () => void = () => {}): string | undefined {
    for (let i = 0; i < seconds; i++) {
      this.now += SECOND;
      each();
      const code = this.tick();
      if (code !== undefined) return `${code} at ${this.counted / SECOND}`;
    }
    return undefined;
  }
}

test("R-20, R-21: a silent peer is pinged at 25 s and given up at 45 s", () => {
  const bench = new Bench();
  assert.equal(bench.pass(100), "ERR_PING_TIMEOUT at 45");
  assert.deepEqual(bench.pings, [25]);
});

test("the limits say when", () => {
  const bench = new Bench({ pingInterval: 3000, pingTimeout: 2000 });
  assert.equal(bench.pass(100), "ERR_PING_TIMEOUT at 5");
  assert.equal(new Bench({ pingInterval: Number.POSITIVE_INFINITY }).pass(100_000), undefined);
});

test("a peer that sends every 20 s is never pinged, one that answers is pinged every 25 s after its answer", () => {
  const talking = new Bench();
  let second = 0;
  assert.equal(
    talking.pass(1000, () => ++second % 20 === 0 && talking.watch.heard()),
    undefined,
  );
  assert.deepEqual(talking.pings, []);

  const answering = new Bench();
  let answered = 0;
  const answer = (): void => {
    if (answering.pings.length > answered) {
      answered++;
      answering.watch.ponged(answering.payload);
    }
  };
  assert.equal(answering.pass(110, answer), undefined);
  assert.deepEqual(answering.pings, [25, 51, 77, 103]);
});

test("every ping has another payload of four octets", () => {
  const bench = new Bench();
  const payloads: string[] = [];
  for (let i = 0; i < 3; i++) {
    bench.pass(25);
    payloads.push(toHex(bench.payload));
    bench.watch.ponged(bench.payload);
    bench.pass(1);
  }
  assert.deepEqual(payloads, ["00000001", "00000002", "00000003"]);
});

const signs: readonly (readonly [name: string, give: (bench: Bench) => void, alive: boolean])[] = [
  ["the pong that answers it", (bench) => bench.watch.ponged(bench.payload), true],
  ["R-21: a pong with another payload", (bench) => bench.watch.ponged(Uint8Array.of(9, 9, 9, 9)), false],
  [
    "R-21: a pong with the beginning of the payload",
    (bench) => bench.watch.ponged(bench.payload.subarray(0, 3)),
    false,
  ],
  ["R-21: an empty pong", (bench) => bench.watch.ponged(new Uint8Array(0)), false],
  ["a message or a control frame", (bench) => bench.watch.heard(), true],
  [
    "§5.5.3: the pong to a later ping of the application",
    (bench) => {
      bench.watch.pinged(Uint8Array.of(7));
      bench.watch.ponged(Uint8Array.of(7));
    },
    true,
  ],
  [
    "another pong than the application's ping asked for",
    (bench) => {
      bench.watch.pinged(Uint8Array.of(7));
      bench.watch.ponged(Uint8Array.of(8));
    },
    false,
  ],
  ["bytes of a large message", (bench) => (bench.unfinished = 70_000), true],
];
for (const [name, give, alive] of signs) {
  test(`while a ping is out, ${name} is ${alive ? "life" : "no life"}`, () => {
    const bench = new Bench({ messageTimeout: 600_000 });
    bench.pass(26);
    give(bench);
    assert.equal(bench.pass(19), alive ? undefined : "ERR_PING_TIMEOUT at 45");
  });
}

test("R-21: while none is out, any pong is life", () => {
  const bench = new Bench();
  bench.pass(24);
  bench.watch.ponged(Uint8Array.of(1));
  bench.pass(20);
  assert.deepEqual(bench.pings, []);
});

test("a pong that was owed to an earlier time of life is no answer later", () => {
  const bench = new Bench();
  bench.watch.pinged(Uint8Array.of(7));
  bench.watch.heard();
  bench.pass(27);
  assert.equal(bench.pings.length, 1);
  bench.watch.ponged(Uint8Array.of(7));
  assert.equal(bench.pass(100), "ERR_PING_TIMEOUT at 46");
});

test("the application may change the bytes of its ping at once, those of a Buffer too", () => {
  const bench = new Bench();
  bench.pass(25);
  const payload = Buffer.from([7]);
  bench.watch.pinged(payload);
  payload[0] = 8;
  bench.watch.ponged(Uint8Array.of(7));
  assert.equal(bench.pass(20), undefined);
});

test("R-22: a process that was blocked for 30 s does not give up anyone", () => {
  for (const before of [0, 20, 25, 30]) {
    const bench = new Bench();
    bench.pass(before);
    bench.now += 30 * SECOND;
    assert.equal(bench.tick(), undefined, `blocked at ${before} s`);
    bench.watch.heard();
    assert.equal(bench.pass(20), undefined);
  }
});

test("R-22: a step counts as 5 s at most", () => {
  const bench = new Bench();
  bench.now += 30 * SECOND;
  bench.tick();
  assert.equal(bench.counted, MAX_STEP);
  assert.equal(MAX_STEP, 5000);
});

test("R-23: a clock that jumps an hour forward costs at most one ping, one that jumps back nothing", () => {
  const forward = new Bench();
  forward.pass(24);
  forward.now += 3600 * SECOND;
  assert.equal(forward.tick(), undefined);
  assert.equal(forward.pings.length, 1);
  assert.equal(forward.pass(19), undefined);

  const back = new Bench({}, 10 * 3600 * SECOND);
  back.pass(24);
  back.now -= 3600 * SECOND;
  assert.equal(back.tick(), undefined);
  assert.equal(back.counted, 24 * SECOND);
  assert.equal(back.pass(100), "ERR_PING_TIMEOUT at 45");
});

test("while reading is paused nobody is given up, but pings keep the line open", () => {
  const bench = new Bench();
  bench.paused = true;
  assert.equal(bench.pass(200), undefined);
  assert.deepEqual(bench.pings, [25, 50, 75, 100, 125, 150, 175, 200]);
  bench.paused = false;
  assert.equal(bench.pass(100), "ERR_PING_TIMEOUT at 220");
});

test("after a pause the answer to the last ping is enough", () => {
  const bench = new Bench();
  bench.paused = true;
  bench.pass(80);
  bench.paused = false;
  bench.watch.ponged(bench.payload);
  assert.equal(bench.pass(24), undefined);
  assert.deepEqual(bench.pings, [25, 50, 75]);
});

test("to go on reading is no sign of life, though an unfinished message is seen again", () => {
  const bench = new Bench({ messageTimeout: 600_000, minMessageRate: 0 });
  bench.unfinished = 500;
  bench.pass(26);
  assert.deepEqual(bench.pings, [26]);
  bench.paused = true;
  bench.unfinished = undefined;
  bench.pass(10);
  bench.paused = false;
  bench.unfinished = 500;
  assert.equal(bench.pass(100), "ERR_PING_TIMEOUT at 56");
});

test("the time before a pause counts, the pause does not", () => {
  const bench = new Bench();
  bench.pass(35);
  bench.paused = true;
  bench.pass(10);
  bench.paused = false;
  assert.equal(bench.pass(100), "ERR_PING_TIMEOUT at 55");
});

/** Rows: bytes that arrive per second after the first tick, limits, and what becomes of it. */
const slow: readonly (readonly [
  name: string,
  perSecond: number,
  limits: Partial<Limits>,
  outcome: string | undefined,
])[] = [
  ["R-03: 1 byte a second", 1, {}, "ERR_MESSAGE_RATE at 10"],
  ["R-03: just below 1 KiB/s", 1023, {}, "ERR_MESSAGE_RATE at 10"],
  ["R-03: 1 KiB/s, for 60 s", 1024, {}, "ERR_MESSAGE_TIMEOUT at 60"],
  ["1 byte a second without a least rate", 1, { minMessageRate: 0 }, "ERR_MESSAGE_TIMEOUT at 60"],
  ["without either", 1, { minMessageRate: 0, messageTimeout: Number.POSITIVE_INFINITY }, undefined],
];
for (const [name, perSecond, limits, outcome] of slow) {
  test(`a message at ${name}: ${outcome ?? "accepted"}`, () => {
    const bench = new Bench(limits);
    bench.unfinished = 0;
    const arrive = (): void => {
      bench.unfinished! += perSecond;
    };
    assert.equal(bench.pass(300, arrive), outcome);
    assert.deepEqual(bench.pings, []);
  });
}

test("an unfinished message that stops altogether is refused for its rate before the heartbeat speaks", () => {
  const bench = new Bench();
  bench.unfinished = 5000;
  assert.equal(bench.pass(100), "ERR_MESSAGE_RATE at 10");
});

test("each message has a time of its own", () => {
  const bench = new Bench({ minMessageRate: 0 });
  bench.unfinished = 1;
  assert.equal(
    bench.pass(55, () => bench.watch.heard()),
    undefined,
  );
  bench.watch.messageDone();
  assert.equal(
    bench.pass(59, () => bench.watch.heard()),
    undefined,
  );
  assert.equal(
    bench.pass(1, () => bench.watch.heard()),
    "ERR_MESSAGE_TIMEOUT at 115",
  );
});

test("between two messages, and while we pause, no message is slow", () => {
  const bench = new Bench({ minMessageRate: 0 });
  bench.unfinished = 1;
  bench.pass(50, () => bench.watch.heard());
  bench.unfinished = undefined;
  bench.pass(20, () => bench.watch.heard());
  bench.unfinished = 1;
  assert.equal(
    bench.pass(59, () => bench.watch.heard()),
    undefined,
  );
});

test("R-22: blocked for 30 s, a message is not slow for that", () => {
  const bench = new Bench();
  bench.unfinished = 0;
  bench.pass(3, () => (bench.unfinished! += 3000));
  bench.now += 30 * SECOND;
  assert.equal(bench.tick(), undefined);
});

test("C-01: closing has 5 s, whatever else happens", () => {
  const bench = new Bench();
  bench.pass(24);
  bench.closing = true;
  bench.unfinished = 1;
  assert.equal(
    bench.pass(100, () => bench.watch.heard()),
    "ERR_CLOSE_TIMEOUT at 30",
  );
  assert.deepEqual(bench.pings, []);
  assert.equal(new Bench({ closeTimeout: 1000 }).pass(1), undefined);
});

test("the deadlines of a message end the connection with 1008, the others only the transport", () => {
  const silent = new Bench();
  silent.pass(44);
  silent.now += SECOND;
  assert.ok(silent.watch.tick(silent.now, silent).failure instanceof LocalError);
  const slowOne = new Bench();
  slowOne.unfinished = 0;
  slowOne.pass(9);
  slowOne.now += SECOND;
  const { failure } = slowOne.watch.tick(slowOne.now, slowOne);
  assert.ok(failure instanceof LimitError);
  assert.equal(failure.closeCode, 1008);
});
