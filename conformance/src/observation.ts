import { Op, type Role, toHex } from "./frame.js";
import { describeFrame, FrameReader, type ReadFrame } from "./frame-reader.js";

/** A message that the target sent. */
export interface SeenMessage {
  readonly kind: "text" | "binary";
  readonly payload: Uint8Array;
}

/** A line of the log of a run. */
export interface LogLine {
  /** Milliseconds since the run began. */
  readonly at: number;
  /** "out": to the target. "in": from it. "note": what was decided. */
  readonly direction: "out" | "in" | "note";
  readonly text: string;
}

/** Undoes the compression of a whole message; there is one per connection, in the order of the messages. */
export type Inflate = (payload: Uint8Array) => Promise<Uint8Array>;

/** Payload of the ping that asks whether the connection lives. */
export const PROBE = "are you there?";

const PROBE_HEX = toHex(new TextEncoder().encode(PROBE));
const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Most lines of a log; what comes after is counted only. */
const MOST_LINES = 60;

/**
 * Everything the target did on one connection: messages put together, control frames, the end; and every fault in what it sent, for a
 * target that is asked about one rule must keep all others too.
 */
export class Observation {
  readonly messages: SeenMessage[] = [];
  readonly pongs: Uint8Array[] = [];
  /** Its first close frame. */
  close: { readonly code: number | "none"; readonly reason: Uint8Array } | undefined;
  /** It sent its close frame before the peer had sent one. */
  closedFirst = false;
  /** How its side of the TCP connection ended. */
  ended: "fin" | "reset" | undefined;
  /** It answered the probe. */
  alive = false;
  /** What came later than it should have. */
  readonly late: string[] = [];
  /** Rules of the standard that its own frames broke. */
  readonly faults: string[] = [];
  readonly log: LogLine[] = [];
  readonly keys: number[] = [];
  /** Set once the peer has sent a close frame. */
  closeSent = false;
  /** Called after each change. */
  onChange: () => void = () => {};
  /** Set where permessage-deflate is in use. */
  inflate: Inflate | undefined;
  /** Drops messages once counted: for exchanges of thousands. */
  onMessage: ((message: SeenMessage) => boolean) | undefined;
  /** Messages it compressed. */
  compressed = 0;

  readonly #reader = new FrameReader();
  readonly #role: Role;
  readonly #began = performance.now();
  #inflating: Promise<void> = Promise.resolve();
  #opcode = 0;
  #rsv1 = false;
  #fragments: Uint8Array[] = [];
  #dropped = 0;

  /** @param role the role of the target */
  constructor(role: Role) {
    this.#role = role;
  }

  /** Takes what the target sent. */
  receive(bytes: Uint8Array): void {
    for (const frame of this.#reader.read(bytes)) this.#take(frame);
    this.onChange();
  }

  /** Its side of the TCP connection ended. */
  end(how: "fin" | "reset"): void {
    if (this.ended !== undefined) return;
    this.ended = how;
    this.note("note", how === "fin" ? "the TCP connection ended" : "the TCP connection was reset");
    if (this.#reader.pending > 0) this.#fault("the TCP connection ended inside a frame");
    this.onChange();
  }

  /** Adds a line to the log. */
  note(direction: LogLine["direction"], text: string): void {
    if (this.log.length >= MOST_LINES) {
      this.#dropped++;
      this.log[MOST_LINES - 1] = {
        at: this.#elapsed(),
        direction: "note",
        text: `… and ${this.#dropped + 1} lines more`,
      };
    } else this.log.push({ at: this.#elapsed(), direction, text });
  }

  /** Resolves when all messages received so far are decompressed. */
  settled(): Promise<void> {
    return this.#inflating;
  }

  #elapsed(): number {
    return Math.round((performance.now() - this.#began) * 10) / 10;
  }

  #take(frame: ReadFrame): void {
    this.note("in", describeFrame(frame));
    this.#checkFrame(frame);
    if (frame.masked) this.keys.push(frame.key);
    if (frame.opcode >= 8) this.#takeControl(frame);
    else this.#takeData(frame);
  }

  /** What a sender has to keep, whatever it was sent itself (§5.1, §5.2, §5.5). */
  #checkFrame(frame: ReadFrame): void {
    const masks = this.#role === "client";
    if (frame.masked !== masks) {
      this.#fault(masks ? '§5.1: "a client MUST mask all frames"' : '§5.1: "A server MUST NOT mask any frames"');
    }
    if (!frame.minimal) this.#fault('§5.2: "the minimal number of bytes MUST be used to encode the length"');
    const rsv1 = this.inflate !== undefined && (frame.opcode === Op.Text || frame.opcode === Op.Binary) ? 4 : 0;
    if ((frame.rsv & ~rsv1) !== 0) this.#fault('§5.2: RSV bits "MUST be 0 unless an extension is negotiated"');
    const known: readonly number[] = Object.values(Op);
    if (!known.includes(frame.opcode)) this.#fault(`§5.2: opcode ${frame.opcode} is reserved`);
    if (frame.opcode >= 8 && frame.payload.length > 125) this.#fault('§5.5: "payload length of 125 bytes or less"');
    if (frame.opcode >= 8 && !frame.fin) this.#fault('§5.5: control frames "MUST NOT be fragmented"');
    if (this.close !== undefined && frame.opcode <= Op.Close) {
      this.#fault('§5.5.1: "MUST NOT send any more data frames after sending a Close frame"');
    }
  }

  #takeControl(frame: ReadFrame): void {
    if (frame.opcode === Op.Close) this.#takeClose(frame.payload);
    else if (frame.opcode === Op.Pong) {
      if (toHex(frame.payload) === PROBE_HEX) this.alive = true;
      else this.pongs.push(frame.payload);
    }
  }

  #takeClose(payload: Uint8Array): void {
    if (this.close !== undefined) return;
    const code = payload.length < 2 ? "none" : payload[0]! * 256 + payload[1]!;
    this.close = { code, reason: payload.slice(2) };
    this.closedFirst = !this.closeSent;
    if (payload.length === 1) this.#fault("§5.5.1: a close frame of one octet");
    if (code !== "none" && (code < 1000 || code === 1005 || code === 1006 || code === 1015 || code > 4999)) {
      this.#fault(`§7.4: close code ${code} must not be sent`);
    }
    if (!isUtf8(this.close.reason)) this.#fault("§5.5.1: the close reason is not UTF-8");
  }

  #takeData(frame: ReadFrame): void {
    const begins = frame.opcode !== Op.Continuation;
    if (begins === (this.#opcode !== 0)) {
      this.#fault(begins ? "§5.4: a message began inside another" : "§5.4: a continuation without a message");
    }
    if (begins) {
      this.#opcode = frame.opcode;
      this.#rsv1 = (frame.rsv & 4) !== 0;
      this.#fragments = [];
    }
    this.#fragments.push(frame.payload);
    if (!frame.fin) return;
    const kind = this.#opcode === Op.Binary ? "binary" : "text";
    const fragments = this.#fragments;
    this.#opcode = 0;
    const payload = fragments.length === 1 ? fragments[0]! : new Uint8Array(Buffer.concat(fragments));
    const inflate = this.inflate;
    if (inflate === undefined) this.#deliver(kind, payload);
    else this.#deliverInOrder(kind, payload, this.#rsv1 ? inflate : undefined);
  }

  #deliverInOrder(kind: SeenMessage["kind"], payload: Uint8Array, inflate: Inflate | undefined): void {
    if (inflate !== undefined) this.compressed++;
    this.#inflating = this.#inflating.then(async () => {
      try {
        this.#deliver(kind, inflate === undefined ? payload : await inflate(payload));
      } catch (error) {
        this.#fault(`RFC 7692 §7.2.1: a message cannot be decompressed (${(error as Error).message})`);
      }
      this.onChange();
    });
  }

  #deliver(kind: SeenMessage["kind"], payload: Uint8Array): void {
    if (kind === "text" && !isUtf8(payload)) this.#fault("§5.6: a text message that is not UTF-8");
    const message = { kind, payload };
    if (this.onMessage?.(message) !== true) this.messages.push(message);
  }

  #fault(text: string): void {
    this.faults.push(text);
    this.note("note", `fault: ${text}`);
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    fatal.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
