import {
  Connection,
  checkUpgradeRequest,
  checkUpgradeResponse,
  type HeaderList,
  HeadParser,
  OriginPolicy,
  OutgoingBuffer,
} from "tideway/protocol";
import { Recorder, toHex } from "tideway/testing";

const ORIGINS = new OriginPolicy("any");

/** What happened, as data that can be compared: "refused", "open", then what a Recorder has. */
export type StackEvent = readonly unknown[];

/** The whole protocol of one end, from the first byte of the handshake on, without I/O. */
export class Stack {
  readonly receiver: "server" | "client";
  readonly #accept: string;
  readonly #parser: HeadParser<"request" | "response">;
  readonly #sink = new Recorder();
  readonly #outgoing = new OutgoingBuffer();
  #connection: Connection | undefined;
  #first: StackEvent | undefined;

  /** @param accept for a client: the answer to its key */
  constructor(receiver: "server" | "client", accept: string) {
    this.receiver = receiver;
    this.#accept = accept;
    this.#parser = new HeadParser({ kind: receiver === "server" ? "request" : "response" });
  }

  /** Takes bytes of the peer; after a refusal they are dropped. */
  receive(bytes: Uint8Array): void {
    if (this.#connection !== undefined) this.#connection.receive(bytes);
    if (this.#first !== undefined) return;
    const result = this.#parser.receive(bytes, 0, bytes.length);
    if (result === undefined) return;
    if (!result.ok) {
      this.#first = ["refused", result.refusal.code];
      return;
    }
    this.#open(result.head);
    this.#connection?.receive(bytes, result.end);
  }

  /** The transport has ended. */
  end(): void {
    this.#connection?.end();
  }

  /** Everything so far, in order. */
  get events(): readonly StackEvent[] {
    return this.#first === undefined ? [] : [this.#first, ...this.#sink.events];
  }

  /** What was sent after the handshake. */
  get sent(): string {
    return toHex(this.#outgoing.bytes.subarray(0, this.#outgoing.offset));
  }

  get state(): string {
    return this.#connection?.state ?? "handshake";
  }

  #open(head: { readonly headers: HeaderList; readonly version: string }): void {
    const result =
      "status" in head
        ? checkUpgradeResponse(head as Parameters<typeof checkUpgradeResponse>[0], {
            accept: this.#accept,
            protocols: ["chat"],
            requireProtocol: false,
          })
        : checkUpgradeRequest(head as Parameters<typeof checkUpgradeRequest>[0], { origins: ORIGINS, secure: false });
    if (!result.ok) {
      this.#first = ["refused", "refusal" in result ? result.refusal.code : result.failure.code];
      return;
    }
    this.#first = ["open"];
    this.#connection = new Connection({
      role: this.receiver,
      sink: this.#sink,
      outgoing: this.#outgoing,
      nextKey: () => 0,
    });
  }
}
