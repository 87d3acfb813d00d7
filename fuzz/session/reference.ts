import { checkUtf8 } from "./utf8-syntax.js";

/** What an end reports of a stream of frames. Bytes are lower-case hex; `at` is how many bytes had to arrive before it was certain. */
export type ReferenceEvent =
  | readonly [type: "text", text: string]
  | readonly [type: "binary" | "ping" | "pong", hex: string]
  | readonly [type: "close", code: number, reason: string]
  | readonly [type: "failure", closeCode: number, at: number];

/** Who receives, and within which limits. */
export interface ReferenceOptions {
  readonly role: "client" | "server";
  readonly maxPayload: number;
  readonly maxFragments: number;
}

interface Message {
  readonly text: boolean;
  readonly content: number[];
  fragments: number;
}

/**
 * A second parser, written from RFC 6455 alone, to hold the first one against: the whole stream at once, no state between calls, no
 * thought for speed. It says what must be reported of the bytes, and at which byte a fault must be found at the latest and can be at
 * the earliest: that is the same byte, since we fail fast.
 */
export function readStream(bytes: Uint8Array, options: ReferenceOptions): ReferenceEvent[] {
  const events: ReferenceEvent[] = [];
  let message: Message | undefined;
  for (let at = 0; at < bytes.length; ) {
    const failure = (closeCode: number, seen: number): ReferenceEvent[] => [...events, ["failure", closeCode, seen]];
    const first = bytes[at]!;
    const fault = firstFault(first, message, options);
    if (fault !== undefined) return failure(fault, at + 1);
    if (at + 1 >= bytes.length) return events;

    const head = readLength(bytes, at, options.role === "server");
    if (head === undefined) return events;
    if ("closeCode" in head) return failure(head.closeCode, head.at);
    const opcode = first & 0x0f;
    if (opcode < 8) {
      if (opcode !== 0) message = { text: opcode === 1, content: [], fragments: 0 };
      message!.fragments++;
      if (message!.content.length + head.length > options.maxPayload) return failure(1009, head.start);
    }

    const start = head.start + (options.role === "server" ? 4 : 0);
    const here = Math.max(0, Math.min(bytes.length, start + head.length) - start);
    const payload = Array.from({ length: here }, (_, i) =>
      options.role === "server" ? bytes[start + i]! ^ bytes[head.start + (i % 4)]! : bytes[start + i]!,
    );
    const arrived = start <= bytes.length && here === head.length;
    if (opcode < 8) {
      message!.content.push(...payload);
      const final = arrived && (first & 0x80) !== 0;
      const wrong = message!.text ? textFault(message!.content, final) : undefined;
      // The fault is at a byte of this frame: the frames before were checked when they were read.
      if (wrong !== undefined)
        return failure(
          1007,
          wrong === "unfinished" ? start + here : start + here - (message!.content.length - wrong) + 1,
        );
      if (final) {
        events.push(messageEvent(message!));
        message = undefined;
      }
    } else if (arrived) {
      const event = controlEvent(opcode, payload, start + here);
      events.push(event);
      if (event[0] === "close" || event[0] === "failure") return events;
    }
    if (!arrived) return events;
    at = start + head.length;
  }
  return events;
}

/** §5.2, §5.4, §5.5: what the first octet alone can be wrong in. */
function firstFault(first: number, message: Message | undefined, options: ReferenceOptions): number | undefined {
  const opcode = first & 0x0f;
  if ((first & 0x70) !== 0) return 1002;
  if ((opcode > 2 && opcode < 8) || opcode > 10) return 1002;
  if (opcode >= 8) return first >= 0x80 ? undefined : 1002;
  if ((opcode === 0) !== (message !== undefined)) return 1002;
  return message !== undefined && message.fragments + 1 > options.maxFragments ? 1008 : undefined;
}

type Head = { readonly length: number; readonly start: number } | { readonly closeCode: number; readonly at: number };

/** §5.1, §5.2, §5.5, §5.5.1: mask bit and length. `start` is where the key begins, or the payload where there is none. */
function readLength(bytes: Uint8Array, from: number, masked: boolean): Head | undefined {
  const second = bytes[from + 1]!;
  if (second >= 0x80 !== masked) return { closeCode: 1002, at: from + 2 };
  const short = second & 0x7f;
  const control = (bytes[from]! & 0x08) !== 0;
  if (short === 1 && (bytes[from]! & 0x0f) === 8) return { closeCode: 1002, at: from + 2 };
  if (short < 126) return { length: short, start: from + 2 };
  if (control) return { closeCode: 1002, at: from + 2 };
  const octets = short === 126 ? 2 : 8;
  const start = from + 2 + octets;
  if (octets === 8 && from + 2 < bytes.length && bytes[from + 2]! >= 0x80) return { closeCode: 1002, at: from + 3 };
  if (start > bytes.length) return undefined;
  const length = bytes.subarray(from + 2, start).reduce((sum, octet) => sum * 256 + octet, 0);
  return length < (octets === 2 ? 126 : 65_536) ? { closeCode: 1002, at: start } : { length, start };
}

/** §8.1: the index of the byte that makes text impossible, or that it ends within a character. */
function textFault(content: readonly number[], final: boolean): number | "unfinished" | undefined {
  const { wrong, complete } = checkUtf8(content);
  if (wrong !== undefined) return wrong;
  return final && !complete ? "unfinished" : undefined;
}

function messageEvent({ text, content }: Message): ReferenceEvent {
  const bytes = Buffer.from(content);
  return text ? ["text", bytes.toString("utf8")] : ["binary", bytes.toString("hex")];
}

function controlEvent(opcode: number, payload: readonly number[], at: number): ReferenceEvent {
  const bytes = Buffer.from(payload);
  if (opcode === 9) return ["ping", bytes.toString("hex")];
  if (opcode === 10) return ["pong", bytes.toString("hex")];
  // §5.5.1, §7.1.5, §7.4
  if (bytes.length === 0) return ["close", 1005, ""];
  const code = bytes.readUInt16BE(0);
  const registered = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
  if (!registered.includes(code) && !(code >= 3000 && code < 5000)) return ["failure", 1002, at];
  const reason = bytes.subarray(2);
  if (!checkUtf8(reason).complete) return ["failure", 1007, at];
  return ["close", code, reason.toString("utf8")];
}
