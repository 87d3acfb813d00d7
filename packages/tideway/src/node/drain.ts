import { setTimeout as wait } from "node:timers/promises";
import { CloseCode } from "../protocol/close-code.js";
import { writeClosePayload } from "../protocol/close-payload.js";
import { portableKernel } from "../protocol/kernel.js";
import { checkedElsewhere, checkOptions, duration, type OptionRules, span, text } from "./option-check.js";
import type { ServerState } from "./server-state.js";

/** How a server is emptied. */
export interface DrainOptions {
  /** Milliseconds over which the closes are spread, so that the clients do not all come back at once. Default 10 s. */
  readonly over?: number;
  /** Milliseconds from the start after which whoever is left is cut off. Default 30 s, at least `over`. */
  readonly deadline?: number;
  /** The close code: 1012 (default) when the service comes back, 1001 when it does not. */
  readonly code?: number;
  /** The close reason, at most 123 bytes. Default "the server restarts", or "" with another code. */
  readonly reason?: string;
}

/** What a drain did. */
export interface DrainReport {
  /** Connections that were there at the start. */
  readonly connections: number;
  /** Of them, those that ended by themselves or by the closing handshake. */
  readonly closed: number;
  /** Of them, those that were cut off at the deadline. */
  readonly terminated: number;
  /** Milliseconds it took. */
  readonly elapsed: number;
}

/** Between two batches of closes: short enough to spread evenly, long enough for other work. */
const STEP_MS = 25;

/** The longest that a timer of Node's can wait; beyond it, it fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

const rules: OptionRules = { over: span, deadline: duration, code: checkedElsewhere, reason: text };

/**
 * Checks options and fills in the defaults.
 * @throws TypeError, RangeError as `checkOptions`; LocalError ERR_CLOSE_ARGUMENT
 */
export function resolveDrain(options: DrainOptions): Required<DrainOptions> {
  checkOptions(options, rules, "drain");
  const over = options.over ?? 10_000;
  const deadline = Math.max(over, options.deadline ?? 30_000);
  const code = options.code ?? CloseCode.ServiceRestart;
  const reason = options.reason ?? (code === CloseCode.ServiceRestart ? "the server restarts" : "");
  writeClosePayload(code, reason, portableKernel);
  return { over, deadline, code, reason };
}

/** Refuses, spreads the closes, forces, reports. */
export async function drain<Context>(
  server: ServerState<Context>,
  { over, deadline, code, reason }: Required<DrainOptions>,
): Promise<DrainReport> {
  server.draining = true;
  const began = performance.now();
  const elapsed = () => performance.now() - began;
  const waiting = [...server.links];
  const connections = waiting.length;
  let next = 0;
  while (next < connections && server.links.size > 0) {
    const due =
      over === 0 ? connections : Math.min(connections, Math.ceil((connections * (elapsed() + STEP_MS)) / over));
    for (; next < due; next++) waiting[next]!.close(code, reason);
    if (next < connections) await wait(STEP_MS);
  }
  const stop = new AbortController();
  const left = Math.min(LONGEST_MS, Math.max(0, deadline - elapsed()));
  const timer = wait(left, undefined, { signal: stop.signal }).catch(() => {});
  await Promise.race([server.whenEmpty(), timer]);
  stop.abort();
  const ignoring = [...server.links];
  for (const link of ignoring) link.socket.terminate();
  await server.whenEmpty();
  return {
    connections,
    closed: connections - ignoring.length,
    terminated: ignoring.length,
    elapsed: elapsed(),
  };
}
