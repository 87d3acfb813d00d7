import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Role } from "./frame.js";
import { type Cut, type Line, waitFor } from "./line.js";
import { Observation } from "./observation.js";

/** A TCP or TLS connection to a target, the opening handshake done. */
export class TcpLine implements Line {
  readonly role: Role;
  readonly seen: Observation;
  readonly #socket: Socket;

  /**
   * @param role the role of the target
   * @param socket its `data` has been consumed up to the head
   * @param rest what was read behind the head
   */
  constructor(role: Role, socket: Socket, rest: Uint8Array) {
    this.role = role;
    this.#socket = socket;
    this.seen = new Observation(role);
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => this.seen.receive(bytes));
    socket.on("end", () => this.seen.end("fin"));
    socket.on("error", () => this.seen.end("reset"));
    socket.on("close", () => this.seen.end("fin"));
    if (rest.length > 0) this.seen.receive(rest);
    socket.resume();
    if (socket.readableEnded) this.seen.end("fin");
    if (socket.destroyed) this.seen.end("reset");
  }

  async write(bytes: Uint8Array, cut: Cut): Promise<void> {
    for (const piece of cut(bytes)) {
      if (this.seen.ended !== undefined || !this.#socket.writable) return;
      const taken = this.#socket.write(piece);
      if (piece.length === bytes.length && taken) return;
      // Between two pieces the bytes get a turn of the loop to leave, and the answers one to arrive.
      if (taken) await new Promise((resolve) => setImmediate(resolve));
      else await this.#drained();
    }
  }

  end(): void {
    if (this.#socket.writable) this.#socket.end();
  }

  reset(): void {
    // Node resets plain TCP connections only; a TLS one ends without its close_notify, which is as abrupt to the peer.
    if (this.#socket instanceof TLSSocket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  wait(done: () => boolean, milliseconds: number): Promise<boolean> {
    return waitFor(this.seen, done, milliseconds);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #drained(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off("drain", done);
        socket.off("close", done);
        resolve();
      };
      socket.on("drain", done);
      socket.on("close", done);
      if (socket.destroyed || !socket.writableNeedDrain) done();
    });
  }
}
