import { Connection, isWireCloseCode, LocalError, OutgoingBuffer } from "tideway/protocol";
import { Recorder, rawFrame, toHex } from "tideway/testing";
import { checkUtf8 } from "../session/utf8-syntax.js";
import { attempt, expect, expectSame } from "./verdict.js";

/** The payload of a close frame, received; and its code and reason, sent. The first byte chooses the role. */
export function fuzz(data: Uint8Array): void {
  const role = ((data[0] ?? 0) & 1) === 0 ? "server" : "client";
  const payload = data.slice(1, 126);
  const sink = new Recorder();
  const outgoing = new OutgoingBuffer();
  const connection = new Connection({ role, sink, outgoing, nextKey: () => 0 });
  connection.receive(rawFrame(0x88, payload, role === "server" ? 0 : undefined));

  const expected = expectedEvent(payload);
  expectSame(sink.events, [expected], "events");
  const answerCode = expected[0] === "close" ? expected[1] : expected[2];
  expect(connection.closeSent === answerCode, `answered ${connection.closeSent}`);
  expect(connection.failure === undefined || !(connection.failure instanceof LocalError), "our own fault");
  const sent = outgoing.take();
  const start = role === "client" ? 6 : 2;
  expect(sent[0] === 0x88 && sent.length <= start + 125, "the answer is no close frame");
  const code = sent.subarray(start, start + 2);
  if (answerCode !== 1005) expectSame([...code], [answerCode >> 8, answerCode & 255], "the code of the answer");
  send(payload);
}

function expectedEvent(payload: Uint8Array): readonly ["close", number, string] | readonly ["failure", string, number] {
  if (payload.length === 0) return ["close", 1005, ""];
  if (payload.length === 1) return ["failure", "ERR_CLOSE_LENGTH", 1002];
  const code = payload[0]! * 256 + payload[1]!;
  if (!allowed(code)) return ["failure", "ERR_CLOSE_CODE", 1002];
  const reason = payload.subarray(2);
  if (!checkUtf8(reason).complete) return ["failure", "ERR_UTF8", 1007];
  return ["close", code, Buffer.from(reason).toString("utf8")];
}

/** RFC 6455 §7.4 in the words of the catalogue: F-30 and F-31. */
function allowed(code: number): boolean {
  const unregistered = code < 1000 || (code > 1014 && code < 3000) || code > 4999;
  const reserved = code === 1004 || code === 1005 || code === 1006;
  return !unregistered && !reserved;
}

/** Code and reason as an application would give them, any text: either refused with a documented error, or what the peer reads. */
function send(payload: Uint8Array): void {
  const code = (payload[0] ?? 0) * 256 + (payload[1] ?? 0);
  expect(isWireCloseCode(code) === allowed(code), `the code ${code}`);
  const text = Buffer.from(payload.subarray(2)).toString("utf16le");
  const outgoing = new OutgoingBuffer();
  const connection = new Connection({ role: "server", sink: new Recorder(), outgoing });
  const done = attempt(() => connection.close(code, text) ?? true);
  const sent = outgoing.take();
  if (done === undefined) {
    expect(sent.length === 0 && connection.state === "open", "a refused close has changed something");
    return;
  }
  const reason = Buffer.from(text, "utf8");
  const wanted =
    code === 1005 ? "8800" : toHex(rawFrame(0x88, Buffer.concat([Uint8Array.of(code >> 8, code & 255), reason])));
  expectSame(toHex(sent), wanted, "the close frame");
}
