import type { Extension } from "./extension.js";
import { FrameDecoder } from "./frame-decoder.js";
import { type FrameTap, TappedHandler } from "./frame-tap.js";
import type { MessageMemory } from "./growing-buffer.js";
import type { Kernel } from "./kernel.js";
import type { Limits } from "./limits.js";
import { MessageAssembler, type MessageHandler } from "./message-assembler.js";

/** What reads for a connection: the parser, and behind it what puts messages together. */
export interface MessageReader {
  readonly decoder: FrameDecoder;
  readonly assembler: MessageAssembler;
}

/** What readers are made with. */
export interface ReaderOptions {
  readonly kernel: Kernel;
  readonly limits: Limits;
  /** Whether the peer must mask: it does on a server. */
  readonly masked: boolean;
  readonly memory?: MessageMemory | undefined;
  readonly extension?: Extension | undefined;
  readonly tap?: FrameTap | undefined;
}

/**
 * Readers for connections that are alike. Between two messages a reader remembers nothing, so a connection holds one only within a message
 * and gives it back: thousands of idle connections share one, which is a fifth of what each would hold.
 */
export class ReaderStock {
  readonly #options: ReaderOptions;
  #spare: MessageReader | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** One that stands before a message. */
  take(handler: MessageHandler): MessageReader {
    const reader = this.#spare ?? this.#make();
    this.#spare = undefined;
    reader.assembler.handler = handler;
    return reader;
  }

  /** @returns whether it was taken back: one that is within a message, waits or has failed is not */
  give(reader: MessageReader): boolean {
    if (!reader.decoder.idle || !reader.assembler.idle) return false;
    // Else a stock would keep the connection that read last, and all that hangs on it.
    reader.assembler.handler = undefined;
    this.#spare = reader;
    return true;
  }

  #make(): MessageReader {
    const { kernel, limits, masked, memory, extension, tap } = this.#options;
    const assembler = new MessageAssembler(kernel, limits, extension, memory);
    if (tap === undefined) return { decoder: new FrameDecoder(assembler, kernel, masked, assembler), assembler };
    // A tap wants every frame octet by octet.
    const tapped = new TappedHandler(assembler, tap);
    const decoder = new FrameDecoder(tapped, kernel, masked);
    tapped.decoder = decoder;
    return { decoder, assembler };
  }
}
