import { createRequire } from "node:module";
import type { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { Session } from "../session/generate.js";
import { LIMITS, type Outcome } from "./outcome.js";

const require = createRequire(import.meta.url);
/** The receiver of `ws`, which its types leave out. */
const { Receiver } = require("ws") as {
  readonly Receiver: new (options: {
    readonly isServer: boolean;
    readonly maxPayload: number;
    readonly maxFragments: number;
  }) => Writable;
};

/** The receiver of `ws`. */
export async function ws({ role, pieces }: Session): Promise<Outcome> {
  const receiver = new Receiver({ isServer: role === "server", ...LIMITS });
  const events: (readonly ["text" | "binary" | "ping" | "pong", string])[] = [];
  let end = "open";
  receiver.on("message", (data: Buffer, binary: boolean) =>
    events.push(binary ? ["binary", data.toString("hex")] : ["text", data.toString("utf8")]),
  );
  receiver.on("ping", (data: Buffer) => events.push(["ping", data.toString("hex")]));
  receiver.on("pong", (data: Buffer) => events.push(["pong", data.toString("hex")]));
  receiver.on("conclude", (code: number) => {
    end = `close ${code}`;
  });
  receiver.on("error", (error: Error) => {
    // The close code stands under a symbol of its own.
    const symbol = Object.getOwnPropertySymbols(error).find(({ description }) => description === "status-code");
    end = `fail ${symbol === undefined ? error.message : String((error as unknown as Record<symbol, unknown>)[symbol])}`;
  });
  for (const piece of pieces) {
    if (receiver.destroyed || receiver.writableEnded) break;
    receiver.write(Buffer.from(piece));
  }
  await setImmediate();
  return { events, end };
}
