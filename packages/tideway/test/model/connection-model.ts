/**
 * What a connection has to do, said a second time and as plainly as possible: no bytes but whole frames, no hot path, every rule in one
 * place. The commands of connection.test.ts are done to this and to a `Connection`, and both have to agree after each.
 */
import type { RecordedEvent } from "../../dist/testing/recorder.js";
import { rawFrame, toHex } from "../../dist/testing/recorder.js";

export type Role = "client" | "server";

/** A frame of the peer. `payload` is ASCII; in a text message "!" stands for a byte that is no UTF-8. */
export interface PeerFrame {
  readonly first: number;
  readonly payload: string;
  /** Masked where it must not be, or not masked where it must be. */
  readonly wrongMask?: boolean;
}

export const LIMITS = {
  maxPayload: 40,
  maxFragments: 4,
  maxControlFrames: Number.POSITIVE_INFINITY,
  messageTimeout: Number.POSITIVE_INFINITY,
  minMessageRate: 0,
  pingInterval: 9000,
  pingTimeout: 7000,
  closeTimeout: 6000,
};

/** The octets that a payload of the model stands for. */
export function octets(payload: string): Uint8Array {
  return Uint8Array.from(payload, (char) => (char === "!" ? 0xff : char.charCodeAt(0)));
}

export class ConnectionModel {
  readonly role: Role;
  readonly events: RecordedEvent[] = [];
  /** Frames sent, as hex. */
  readonly sent: string[] = [];
  state = "open";
  closeReceived: number | undefined;
  closeSent: number | undefined;
  failure: string | undefined;

  paused = false;
  /** The application pauses from within the next message. */
  pauseAtMessage = false;
  blocked = false;
  unread: PeerFrame[] = [];
  pong: string | undefined;
  /** The message that we send in pieces. */
  pieces: "text" | "binary" | undefined;
  /** The message that the peer sends in pieces. */
  message: { text: boolean; content: string; frames: number } | undefined;

  // The deadlines.
  now = 0;
  heard = false;
  quietSince = 0;
  pingedAt = 0;
  waited: number | undefined;
  pings = 0;
  ownPing: string | undefined;
  arrived = 0;
  closingSince: number | undefined;

  constructor(role: Role) {
    this.role = role;
  }

  get finished(): boolean {
    return this.state !== "open" && this.state !== "closedByUs";
  }

  send(first: number, payload: string | Uint8Array): void {
    this.sent.push(toHex(rawFrame(first, payload, this.role === "client" ? 0 : undefined)));
  }

  sendClose(code: number, reason: string): void {
    this.closeSent = code;
    this.pong = undefined;
    const head = code === 1005 ? [] : [code >> 8, code & 255];
    this.send(0x88, Uint8Array.of(...head, ...octets(reason)));
  }

  close(code: number, reason: string): void {
    if (this.state !== "open") return;
    this.state = "closedByUs";
    this.sendClose(code, reason);
  }

  /** @param closeCode undefined: our own fault, of which the peer is told nothing */
  fail(code: string, closeCode: number | undefined, reason: string | undefined): void {
    if (this.finished) return;
    const tell = this.state === "open" && closeCode !== undefined;
    this.state = "failed";
    this.failure = code;
    this.message = undefined;
    this.pong = undefined;
    if (tell && reason !== undefined) this.sendClose(closeCode, reason);
    // What the peer is told in words is not the model's business.
    if (tell && reason === undefined) {
      this.closeSent = closeCode;
      this.sent.push(`close ${closeCode}: any`);
    }
    this.events.push(["failure", code, closeCode]);
  }

  end(): void {
    if (this.state === "closedByPeer" || this.state === "closeAnswered") this.state = "endedClean";
    else if (this.state !== "endedClean") this.state = "endedAbnormal";
    this.message = undefined;
    this.pong = undefined;
  }

  drained(): void {
    this.blocked = false;
    if (this.pong !== undefined && !this.finished) this.send(0x8a, octets(this.pong));
    this.pong = undefined;
  }

  receive(frames: readonly PeerFrame[]): void {
    this.unread.push(...frames);
    while (this.unread.length > 0 && !this.paused && !this.finished) this.#take(this.unread.shift()!);
    if (this.finished) this.unread = [];
  }

  #take(frame: PeerFrame): void {
    const opcode = frame.first & 15;
    const fault = this.#headerFault(frame, opcode);
    if (fault !== undefined) this.fail(fault[0], fault[1], undefined);
    else if (opcode === 8) this.#takeClose(frame.payload);
    else if (opcode === 9) this.#takePing(frame.payload);
    else if (opcode === 10) this.#takePong(frame.payload);
    else this.#takeData(opcode, frame.first >= 0x80, frame.payload);
  }

  #headerFault(frame: PeerFrame, opcode: number): readonly [code: string, closeCode: number] | undefined {
    if ((frame.first & 0x70) !== 0) return ["ERR_RESERVED_BITS", 1002];
    if (![0, 1, 2, 8, 9, 10].includes(opcode)) return ["ERR_OPCODE", 1002];
    if (opcode >= 8 && frame.first < 0x80) return ["ERR_CONTROL_FRAGMENTED", 1002];
    if (opcode === 0 && this.message === undefined) return ["ERR_CONTINUATION", 1002];
    if ((opcode === 1 || opcode === 2) && this.message !== undefined) return ["ERR_MESSAGE_INTERLEAVED", 1002];
    if (opcode === 0 && this.message!.frames === LIMITS.maxFragments) return ["ERR_TOO_MANY_FRAGMENTS", 1008];
    if (frame.wrongMask) return [this.role === "server" ? "ERR_MASK_REQUIRED" : "ERR_MASK_FORBIDDEN", 1002];
    return undefined;
  }

  #takeData(opcode: number, final: boolean, payload: string): void {
    if (opcode !== 0) this.message = { text: opcode === 1, content: "", frames: 0 };
    const message = this.message!;
    message.frames++;
    message.content += payload;
    if (message.content.length > LIMITS.maxPayload) this.fail("ERR_MESSAGE_TOO_BIG", 1009, undefined);
    else if (message.text && payload.includes("!")) this.fail("ERR_UTF8", 1007, undefined);
    else if (final) this.#deliver(message.text, message.content);
  }

  #deliver(text: boolean, content: string): void {
    this.message = undefined;
    this.heard = true;
    this.events.push(text ? ["text", content] : ["binary", toHex(octets(content))]);
    if (this.pauseAtMessage) this.paused = true;
    this.pauseAtMessage = false;
  }

  #takePing(payload: string): void {
    this.heard = true;
    this.pong = this.blocked ? payload : undefined;
    if (!this.blocked) this.send(0x8a, octets(payload));
    this.events.push(["ping", toHex(octets(payload))]);
  }

  #takePong(payload: string): void {
    const answers = payload === String.fromCharCode(0, 0, 0, this.pings) || payload === this.ownPing;
    if (this.waited === undefined || answers) this.heard = true;
    this.events.push(["pong", toHex(octets(payload))]);
  }

  /** The model's close frames are empty, or a code in two characters and an ASCII reason. */
  #takeClose(payload: string): void {
    const bytes = octets(payload);
    const code = bytes.length === 0 ? 1005 : bytes[0]! * 256 + bytes[1]!;
    const listed = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    if (bytes.length === 1) this.fail("ERR_CLOSE_LENGTH", 1002, undefined);
    else if (bytes.length > 0 && !listed) this.fail("ERR_CLOSE_CODE", 1002, undefined);
    else if (payload.slice(2).includes("!")) this.fail("ERR_UTF8", 1007, undefined);
    else this.#closed(code, payload.slice(2));
  }

  #closed(code: number, reason: string): void {
    this.closeReceived = code;
    this.message = undefined;
    const answer = this.state === "open";
    this.state = answer ? "closedByPeer" : "closeAnswered";
    if (answer) this.sendClose(code, "");
    this.events.push(["close", code, reason]);
  }

  /** @returns the code of the deadline that ran out */
  tick(elapsed: number): string | undefined {
    const counted = Math.min(elapsed, 5000);
    this.now += counted;
    if (this.paused) this.heard = true;
    if (this.state !== "open") {
      this.closingSince ??= this.now;
      return this.now - this.closingSince >= LIMITS.closeTimeout ? "ERR_CLOSE_TIMEOUT" : undefined;
    }
    const arrived = this.paused ? this.arrived : (this.message?.content.length ?? 0);
    if (this.heard || arrived > this.arrived) {
      this.heard = false;
      this.quietSince = this.now;
      this.waited = undefined;
      this.ownPing = undefined;
    }
    this.arrived = arrived;
    if (this.waited !== undefined) {
      this.waited += counted;
      return this.waited >= LIMITS.pingTimeout ? "ERR_PING_TIMEOUT" : undefined;
    }
    if (this.now - Math.max(this.quietSince, this.pingedAt) < LIMITS.pingInterval) return undefined;
    this.pingedAt = this.now;
    this.waited = 0;
    this.pings++;
    this.send(0x89, Uint8Array.of(0, 0, 0, this.pings));
    return undefined;
  }
}
