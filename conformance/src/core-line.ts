import * as tideway from "tideway/protocol";
import type { KernelPlace } from "tideway/testing";
import type { Role } from "./frame.js";
import type { Cut, Line } from "./line.js";
import { Observation } from "./observation.js";

/** A receiver of bytes that answers with bytes, without I/O: what a core of the protocol with an echo behind it is. */
export interface Core {
  /** Takes bytes, any cut of them. */
  receive(bytes: Uint8Array): void;
  /** The peer has ended its side. */
  end(): void;
  /** What it has to say since the last call. */
  take(): Uint8Array;
  /** It wants the TCP connection ended. */
  readonly ended: boolean;
  /** It waits for something that takes time: resolves when it has come. Default: it never does. */
  waited?(): Promise<void> | undefined;
}

/** Makes a core for a run. */
export type CoreFactory = (role: Role) => Core;

/** A core as a target: no sockets, no time. What has not come after a write will not come. */
export class CoreLine implements Line {
  readonly role: Role;
  readonly seen: Observation;
  readonly #core: Core;

  constructor(role: Role, core: Core) {
    this.role = role;
    this.#core = core;
    this.seen = new Observation(role);
  }

  write(bytes: Uint8Array, cut: Cut): Promise<void> {
    for (const piece of cut(bytes)) {
      if (this.seen.ended !== undefined) break;
      this.#core.receive(new Uint8Array(piece));
      this.#collect();
    }
    return Promise.resolve();
  }

  end(): void {
    if (this.seen.ended !== undefined) return;
    this.#core.end();
    this.#collect();
  }

  reset(): void {
    this.end();
  }

  async wait(done: () => boolean): Promise<boolean> {
    for (;;) {
      this.#collect();
      await this.seen.settled();
      const waited = this.#core.waited?.();
      if (waited === undefined) return done();
      await waited;
    }
  }

  destroy(): void {}

  #collect(): void {
    const bytes = this.#core.take();
    if (bytes.length > 0) this.seen.receive(bytes);
    if (this.#core.ended) this.seen.end("fin");
  }
}

/** The protocol under test: what `tideway/protocol` exports, or a copy of it with a fault. */
export type Protocol = typeof tideway;

/** permessage-deflate of a core: what was agreed on, and whose codecs it uses. */
export interface CoreDeflate {
  readonly agreed: tideway.DeflateParameters;
  readonly codecs: { open(directions: tideway.DeflateDirections): tideway.DeflateCodec };
}

/** A codec that tells what it is still working on. */
class WatchedCodec implements tideway.DeflateCodec {
  readonly #codec: tideway.DeflateCodec;
  readonly #pending = new Set<Promise<unknown>>();
  /** Something was pending since the last look: the core may be about to hear of it. */
  #stirred = false;

  constructor(codec: tideway.DeflateCodec) {
    this.#codec = codec;
  }

  /** Resolves when all that is pending has come and the core has heard of it; undefined: nothing is. */
  pending(): Promise<void> | undefined {
    if (!this.#stirred && this.#pending.size === 0) return undefined;
    this.#stirred = false;
    return Promise.all(this.#pending).then(() => new Promise((resolve) => setImmediate(resolve)));
  }

  compress(payload: Uint8Array): ReturnType<tideway.DeflateCodec["compress"]> {
    return this.#watch(this.#codec.compress(payload));
  }

  decompress(payload: Uint8Array, limit: number): ReturnType<tideway.DeflateCodec["decompress"]> {
    return this.#watch(this.#codec.decompress(payload, limit));
  }

  close(): void {
    this.#codec.close();
  }

  #watch<Answer>(answer: Answer): Answer {
    if (!(answer instanceof Promise)) return answer;
    this.#stirred = true;
    this.#pending.add(answer);
    void answer.then(() => this.#pending.delete(answer));
    return answer;
  }
}

/** Tideway's own core with an echo behind it. */
export class TidewayCore implements Core {
  readonly #role: Role;
  readonly #connection: tideway.Connection;
  readonly #outgoing: tideway.OutgoingBuffer;
  readonly #codec: WatchedCodec | undefined;
  readonly #place: (bytes: Uint8Array) => Uint8Array;
  /** What the connection has not taken. */
  #rest: Uint8Array = new Uint8Array(0);
  #peerEnded = false;
  #key = 0x1234_5678;

  /** @param at the kernel, and where the bytes are put for it; default: the portable one, and where they are */
  constructor(
    role: Role,
    limits: Partial<tideway.Limits> = {},
    protocol: Protocol = tideway,
    deflate?: CoreDeflate,
    at?: KernelPlace,
  ) {
    this.#role = role;
    this.#place = at?.place ?? ((bytes) => bytes);
    let extension: tideway.Extension | undefined;
    if (deflate !== undefined) {
      const directions = protocol.directionsOf(deflate.agreed, role);
      this.#codec = new WatchedCodec(deflate.codecs.open(directions));
      extension = new protocol.PermessageDeflate(this.#codec, { threshold: 0, takeover: directions.send.takeover });
    }
    this.#outgoing = new protocol.OutgoingBuffer();
    const sink: tideway.Sink = {
      onText: (text) => this.#connection.sendable && this.#connection.sendText(text),
      onBinary: (bytes, start, end) =>
        this.#connection.sendable && this.#connection.sendBinary(bytes.slice(start, end)),
      onPing: () => {},
      onPong: () => {},
      onClose: () => {},
      onFailure: () => {},
    };
    const nextKey = (): number => {
      this.#key = (Math.imul(this.#key, 1_664_525) + 1_013_904_223) >>> 0;
      return this.#key;
    };
    const outgoing = this.#outgoing;
    this.#connection = new protocol.Connection({
      role,
      sink,
      outgoing,
      nextKey,
      limits,
      ...(extension === undefined ? {} : { extension }),
      ...(at === undefined ? {} : { kernel: at.kernel }),
      onReady: () => this.receive(new Uint8Array(0)),
    });
  }

  receive(bytes: Uint8Array): void {
    // What came while the connection waited for its extension goes first.
    const all = this.#rest.length === 0 ? bytes : new Uint8Array(Buffer.concat([this.#rest, bytes]));
    const placed = this.#place(all);
    this.#rest = placed.slice(this.#connection.receive(placed));
  }

  end(): void {
    this.#peerEnded = true;
  }

  take(): Uint8Array {
    return this.#outgoing.take();
  }

  waited(): Promise<void> | undefined {
    return this.#codec?.pending();
  }

  /** What a transport does with the states (§7.1.1): the server ends first, the client waits for that unless the connection failed. */
  get ended(): boolean {
    if (this.#peerEnded) return true;
    return this.#connection.finished && (this.#role === "server" || this.#connection.state === "failed");
  }
}
