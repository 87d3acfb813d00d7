import { Connection, LocalError, OutgoingBuffer } from "tideway/protocol";
import { type KernelPlace, kernelPlaces, Recorder } from "tideway/testing";
import { type ReferenceEvent, readStream } from "../session/reference.js";
import { piecesFor } from "./pieces.js";
import { expect, expectDocumented, expectSame } from "./verdict.js";

/** Small enough to be reached by a short input, and not equal to any boundary of the length field. */
const LIMITS = { maxPayload: 1000, maxFragments: 8, maxControlFrames: Number.POSITIVE_INFINITY };

/**
 * Frames from a peer: the second byte and what follows are the stream, the first byte chooses how it is cut. What is reported has to
 * be what the reference parser reports, at the very byte; what is sent has to be frames that the other role accepts.
 */
export function fuzzFrames(role: "client" | "server", data: Uint8Array): void {
  const stream = data.subarray(1);
  const expected = readStream(stream, { role, ...LIMITS });
  for (const at of kernelPlaces) {
    const seen = receive(role, piecesFor(data[0] ?? 0, stream), false, at);
    expectSame(withoutPlace(seen.events), withoutPlace(expected), `${at.name}: events in pieces`);
    const single = receive(role, piecesFor(16, stream), true, at);
    expectSame(single.events, expected, `${at.name}: events byte by byte`);
    expectSame(single.sent, seen.sent, `${at.name}: bytes sent`);
    expectAnswers(role, single);
  }
}

interface Seen {
  readonly events: readonly ReferenceEvent[];
  readonly sent: readonly number[];
  readonly state: string;
}

function receive(
  role: "client" | "server",
  pieces: readonly Uint8Array[],
  placed: boolean,
  { kernel, place }: KernelPlace,
): Seen {
  const sink = new Recorder();
  const outgoing = new OutgoingBuffer();
  const connection = new Connection({ role, sink, outgoing, kernel, nextKey: () => 0, limits: LIMITS });
  const events: ReferenceEvent[] = [];
  let received = 0;
  let ends = 0;
  for (const piece of pieces) {
    const known = sink.events.length;
    received += piece.length;
    expect(connection.receive(place(piece)) === piece.length, "receive left bytes though it was not paused");
    expect(ends === 0 || sink.events.length === known, "an event after the end");
    for (const event of sink.events.slice(known)) {
      if (event[0] === "failure") expectDocumented(event[1]);
      if (event[0] === "failure" || event[0] === "close") ends++;
      events.push(event[0] === "failure" ? ["failure", event[2] ?? 0, placed ? received : 0] : event);
    }
  }
  expect(ends <= 1, "more than one end");
  expect(connection.finished === (ends === 1), `state ${connection.state} after ${ends} ends`);
  expect(!(connection.failure instanceof LocalError), "a peer's bytes made an error of our own");
  return { events, sent: [...outgoing.take()], state: connection.state };
}

/** What was sent is pongs in the order of the pings, then at most one close frame, in the form the peer must accept. */
function expectAnswers(role: "client" | "server", { events, sent }: Seen): void {
  const answers = readStream(Uint8Array.from(sent), {
    role: role === "server" ? "client" : "server",
    maxPayload: 0,
    maxFragments: 0,
  });
  const wanted: unknown[] = [];
  for (const event of events) {
    if (event[0] === "ping") wanted.push(["pong", event[1]]);
    if (event[0] === "close") wanted.push(["close", event[1]]);
    if (event[0] === "failure") wanted.push(["close", event[1]]);
  }
  const given = answers.map((event) => event.slice(0, 2));
  expectSame(given, wanted, "answers");
}

function withoutPlace(events: readonly ReferenceEvent[]): readonly unknown[] {
  return events.map((event) => (event[0] === "failure" ? event.slice(0, 2) : event));
}
