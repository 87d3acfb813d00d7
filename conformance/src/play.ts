import type { DeflateParameters, ExchangeSpec, Step, Variant } from "./case.js";
import { DeflateCodec } from "./deflate.js";
import { close, encodeFrame, type FrameSpec, join, Op, payloadBytes, payloadLength, ping, toHex } from "./frame.js";
import { otherRole } from "./frame-reader.js";
import { type Cut, type Line, PATIENCE, type Patience, whole } from "./line.js";
import { type Observation, PROBE } from "./observation.js";

/** How a case is played. */
export interface PlayOptions {
  readonly cut?: Cut;
  readonly patience?: Patience;
  /** What was agreed on for permessage-deflate. */
  readonly deflate?: DeflateParameters | undefined;
}

/** Plays the peer's part of a case, and gives what was seen. */
export async function play(variant: Variant, line: Line, options: PlayOptions = {}): Promise<Observation> {
  const player = new Player(line, options);
  try {
    for (const step of variant.steps) {
      if (line.seen.ended !== undefined) break;
      await player.step(step);
    }
    await player.finish(variant);
    await line.seen.settled();
  } finally {
    player.release();
    line.destroy();
  }
  return line.seen;
}

/** The peer of the target: sends what the steps say and closes as a good peer does. */
class Player {
  readonly #line: Line;
  readonly #cut: Cut;
  readonly #patience: Patience;
  readonly #codec: DeflateCodec | undefined;
  #frames = 0;
  /** A frame was begun and not ended: no other frame can be sent. */
  #inFrame = false;
  #exchanged = 0;

  constructor(line: Line, { cut = whole, patience = PATIENCE, deflate }: PlayOptions) {
    this.#line = line;
    this.#cut = cut;
    this.#patience = patience;
    if (deflate !== undefined) {
      this.#codec = new DeflateCodec(otherRole(line.role), deflate);
      line.seen.inflate = this.#codec.inflate;
    }
  }

  release(): void {
    this.#codec?.release();
  }

  async step(step: Step): Promise<void> {
    const { seen } = this.#line;
    if ("send" in step) await this.#send(step.send, step.from, step.to);
    else if ("fuse" in step) {
      if (!(await this.#soon(() => seen.close !== undefined || seen.ended !== undefined))) seen.late.push(step.fuse);
    } else if ("await" in step) {
      const { messages = 0, pongs = 0 } = step.await;
      const come = () => seen.messages.length >= messages && seen.pongs.length >= pongs;
      const done = await this.#soon(() => come() || seen.close !== undefined || seen.ended !== undefined);
      if (!done || !come()) seen.late.push(step.why);
    } else if ("exchange" in step) await this.#exchange(step.exchange);
    else if (step.tcp === "end") this.#line.end();
    else this.#line.reset();
  }

  /** Waits for what the case expects, asks whether the connection lives, closes it. */
  async finish({ expect, steps }: Variant): Promise<void> {
    const { seen } = this.#line;
    const over = () => seen.close !== undefined || seen.ended !== undefined;
    if (expect.end.is === "open") {
      const last = expect.pongs?.at(-1);
      const answered = () =>
        seen.messages.length >= (expect.echo?.length ?? 0) &&
        (last === undefined || hexOf(seen.pongs.at(-1)) === toHex(payloadBytes(last)));
      // Before anything else is sent: whoever answers only when more comes is late.
      if (!(await this.#soon(() => answered() || over()))) seen.late.push("an answer came only after more was sent");
      await this.#probe(answered);
    } else if (expect.end.is === "silent") {
      await this.#soon(over);
    } else if (expect.end.is === "ended") {
      await this.#line.wait(() => seen.ended !== undefined, this.#patience.last);
    } else if (!(await this.#soon(over)) && !this.#inFrame && !seen.closeSent && !steps.some((step) => "tcp" in step)) {
      await this.#probe(() => true);
    }
    if (seen.close !== undefined) await this.#answerClose();
  }

  async #probe(complete: () => boolean): Promise<void> {
    const { seen } = this.#line;
    const over = () => seen.close !== undefined || seen.ended !== undefined;
    await this.#send([ping(PROBE)]);
    const { last } = this.#patience;
    await this.#line.wait(() => (seen.alive && complete()) || over(), last);
    if (over() || !seen.alive) return;
    await this.#send([close(1000)]);
    await this.#line.wait(over, last);
  }

  /** A good peer: answers a close frame, and as a server ends the TCP connection (§5.5.1, §7.1.1). */
  async #answerClose(): Promise<void> {
    const { seen, role } = this.#line;
    if (!seen.closeSent && !this.#inFrame && seen.ended === undefined) {
      await this.#send([seen.close?.code === "none" ? { opcode: Op.Close } : close(1000)]);
    }
    if (role === "client") this.#line.end();
    await this.#line.wait(() => seen.ended !== undefined, this.#patience.last);
  }

  #soon(done: () => boolean): Promise<boolean> {
    return this.#line.wait(done, this.#patience.soon);
  }

  async #send(frames: readonly FrameSpec[], begin: number | "header" = 0, stop?: number | "header"): Promise<void> {
    const sender = otherRole(this.#line.role);
    const bytes = join(frames.map((frame, index) => encodeFrame(frame, sender, this.#frames + index)));
    const header = bytes.length - payloadLength(frames[0]?.payload);
    const place = (at: number | "header"): number => (at === "header" ? header : at < 0 ? bytes.length + at : at);
    const from = place(begin);
    const end = stop === undefined ? bytes.length : place(stop);
    this.#inFrame = end < bytes.length || frames.some(isShort);
    if (end >= bytes.length) this.#frames += frames.length;
    if (frames.some((frame) => frame.opcode === Op.Close)) this.#line.seen.closeSent = true;
    this.#note(frames, from, end, bytes.length);
    await this.#line.write(bytes.subarray(from, end), this.#cut);
  }

  #note(frames: readonly FrameSpec[], from: number, to: number, length: number): void {
    const part = from > 0 || to < length ? ` (octets ${from} to ${to} of ${length})` : "";
    const most = 6;
    for (const frame of frames.slice(0, most)) this.#line.seen.note("out", describe(frame) + part);
    if (frames.length > most) this.#line.seen.note("out", `… and ${frames.length - most} frames more`);
  }

  /** Thousands of messages, some on their way at a time; each is compared when it comes back. */
  async #exchange(spec: ExchangeSpec): Promise<void> {
    const { seen } = this.#line;
    const payload = payloadBytes({ kind: spec.kind, size: spec.size });
    let [sent, back] = [0, 0];
    seen.onMessage = (message) => {
      const good =
        message.kind === spec.kind && Buffer.compare(message.payload, stamped(payload, back, spec.kind)) === 0;
      if (good) back++;
      return good;
    };
    const over = () => seen.close !== undefined || seen.ended !== undefined || seen.messages.length > 0;
    while (back < spec.count && !over()) {
      while (sent < spec.count && sent - back < spec.window && !over()) {
        await this.#sendMessage(spec, stamped(payload, sent++, spec.kind));
      }
      const target = sent === spec.count ? spec.count : sent - spec.window + 1;
      if (!(await this.#line.wait(() => back >= target || over(), this.#patience.last))) break;
    }
    seen.onMessage = undefined;
    this.#exchanged += back;
    seen.note(
      "note",
      `${back} of ${spec.count} messages of ${spec.size} bytes came back, ${seen.compressed} compressed`,
    );
    if (back < spec.count) seen.faults.push(`${back} of ${spec.count} messages came back`);
  }

  async #sendMessage(spec: ExchangeSpec, payload: Uint8Array): Promise<void> {
    const compress = this.#codec !== undefined && spec.compress !== false;
    const content = compress ? await this.#codec!.deflate(payload) : payload;
    const opcode = spec.kind === "text" ? Op.Text : Op.Binary;
    const size = spec.fragment ?? Math.max(content.length, 1);
    const sender = otherRole(this.#line.role);
    const frames: Uint8Array[] = [];
    for (let at = 0; at === 0 || at < content.length; at += size) {
      const frame = {
        opcode: at === 0 ? opcode : Op.Continuation,
        fin: at + size >= content.length,
        rsv: at === 0 && compress ? 4 : 0,
        payload: { octets: content.subarray(at, at + size) },
      };
      frames.push(encodeFrame(frame, sender, this.#frames++));
    }
    await this.#line.write(join(frames), this.#cut);
  }
}

function hexOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : toHex(bytes);
}

/** A message with its number in front, so that no two are alike. */
function stamped(payload: Uint8Array, index: number, kind: "text" | "binary"): Uint8Array {
  const copy = new Uint8Array(payload);
  for (let i = 0; i < Math.min(6, copy.length); i++) {
    const digit = Math.floor(index / 10 ** i) % 10;
    copy[i] = kind === "text" ? 0x30 + digit : digit * 25;
  }
  return copy;
}

/** Whether the header promises more than there is. */
function isShort(frame: FrameSpec): boolean {
  return frame.declared !== undefined && frame.declared > BigInt(payloadBytes(frame.payload).length);
}

/** A frame for the log, in the words of `describeFrame`, and what is unusual about it. */
function describe(frame: FrameSpec): string {
  const { opcode, fin = true, rsv = 0, payload, form, declared, masking } = frame;
  const name =
    Object.entries(Op)
      .find(([, value]) => value === opcode)?.[0]
      .toLowerCase() ?? `opcode ${opcode}`;
  const length = declared ?? payloadLength(payload);
  const odd = [form === undefined ? "" : `${form}-bit length`, masking === undefined ? "" : "wrong mask bit"];
  const content = length <= 64 ? toHex(payloadBytes(payload)) : `${toHex(payloadBytes(payload).subarray(0, 32))}…`;
  const words = [name, `fin=${fin ? 1 : 0}`, `rsv=${rsv}`, `length=${length}`, ...odd, content];
  return words.filter((word) => word !== "").join(" ");
}
