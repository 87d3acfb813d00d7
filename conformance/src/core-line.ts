import * as tideway from "tideway/protocol";
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

  wait(done: () => boolean): Promise<boolean> {
    this.#collect();
    return Promise.resolve(done());
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

/** Tideway's own core with an echo behind it. */
export class TidewayCore implements Core {
  readonly #role: Role;
  readonly #connection: tideway.Connection;
  readonly #outgoing: tideway.OutgoingBuffer;
  #peerEnded = false;
  #key = 0x1234_5678;

  constructor(role: Role, limits: Partial<tideway.Limits> = {}, protocol: Protocol = tideway) {
    this.#role = role;
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
    this.#connection = new protocol.Connection({ role, sink, outgoing: this.#outgoing, nextKey, limits });
  }

  receive(bytes: Uint8Array): void {
    this.#connection.receive(bytes);
  }

  end(): void {
    this.#peerEnded = true;
  }

  take(): Uint8Array {
    return this.#outgoing.take();
  }

  /** What a transport does with the states (§7.1.1): the server ends first, the client waits for that unless the connection failed. */
  get ended(): boolean {
    if (this.#peerEnded) return true;
    return this.#connection.finished && (this.#role === "server" || this.#connection.state === "failed");
  }
}
