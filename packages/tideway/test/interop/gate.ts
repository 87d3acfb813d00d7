import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP relay in front of a port that can hold back what both sides say, and cut the line. For one connection. */
export class Gate {
  readonly #server: Server;
  readonly #pipes: Pipe[] = [];
  #holding = false;
  #onHeld: () => void = () => {};

  private constructor(target: number) {
    this.#server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
      for (const socket of [near, far]) socket.setNoDelay(true);
      this.#pipes.push(this.#pipe(near, far), this.#pipe(far, near));
    });
  }

  /** A gate in front of a port of this machine. */
  static async before(target: number): Promise<Gate> {
    const gate = new Gate(target);
    await new Promise<void>((resolve) => gate.#server.listen(0, "127.0.0.1", resolve));
    return gate;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Keeps from now on what either side sends. */
  hold(): void {
    this.#holding = true;
  }

  /** Resolves once something of either side is being kept. */
  async held(): Promise<void> {
    while (!this.#pipes.every(({ kept }) => kept.length > 0)) {
      await new Promise<void>((resolve) => {
        this.#onHeld = resolve;
      });
    }
  }

  /** Lets everything through again. */
  release(): void {
    this.#holding = false;
    for (const pipe of this.#pipes) flush(pipe);
  }

  /** Breaks the connection, for both sides. */
  cut(): void {
    for (const { from, to } of this.#pipes) {
      from.destroy();
      to.destroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #pipe(from: Socket, to: Socket): Pipe {
    const pipe: Pipe = { from, to, kept: [], ended: false };
    from.on("data", (bytes) => {
      pipe.kept.push(bytes);
      if (this.#holding) this.#onHeld();
      else flush(pipe);
    });
    from.on("end", () => {
      pipe.ended = true;
      if (!this.#holding) flush(pipe);
    });
    from.on("error", () => to.destroy());
    return pipe;
  }
}

interface Pipe {
  readonly from: Socket;
  readonly to: Socket;
  readonly kept: Buffer[];
  ended: boolean;
}

function flush(pipe: Pipe): void {
  for (const bytes of pipe.kept.splice(0)) pipe.to.write(bytes);
  if (pipe.ended) pipe.to.end();
}
