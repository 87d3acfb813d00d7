import { Connection, OutgoingBuffer } from "tideway/protocol";
import { Recorder } from "tideway/testing";
import type { Session } from "../session/generate.js";
import { readStream } from "../session/reference.js";
import { LIMITS, type Outcome } from "./outcome.js";

/** Our connection. */
export function ours({ role, pieces }: Session): Outcome {
  const sink = new Recorder();
  const connection = new Connection({ role, sink, outgoing: new OutgoingBuffer(), nextKey: () => 0, limits: LIMITS });
  for (const piece of pieces) connection.receive(piece.slice());
  const { code } = connection.failure ?? {};
  return {
    ...outcomeOf(sink.events.map((event) => (event[0] === "failure" ? ["failure", event[2] ?? 0] : event))),
    code,
  };
}

/** The parser that was written from the RFC alone. */
export function reference({ role, bytes }: Session): Outcome {
  return outcomeOf(readStream(bytes, { role, ...LIMITS }));
}

function outcomeOf(all: readonly (readonly [string, ...unknown[]])[]): Outcome {
  const events: (readonly ["text" | "binary" | "ping" | "pong", string])[] = [];
  let end = "open";
  for (const [type, content] of all) {
    if (type === "close") end = `close ${content}`;
    else if (type === "failure") end = `fail ${content}`;
    else events.push([type as "text", content as string]);
  }
  return { events, end };
}
