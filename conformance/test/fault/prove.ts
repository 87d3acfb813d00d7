import type { Case } from "../../dist/case.js";
import { runCase } from "../../dist/core-run.js";
import { resultOf } from "../../dist/result.js";
import { deflateFaults } from "./deflate-fault-table.js";
import type { Fault } from "./fault.js";
import { frameFaults } from "./fault-table.js";
import { handshakeFaults } from "./handshake-fault-table.js";
import { plant } from "./plant.js";

/** Every deliberate fault. */
export const allFaults: readonly Fault[] = [...frameFaults, ...handshakeFaults, ...deflateFaults];

/** Whether a fault was seen. */
export interface Proof {
  readonly fault: Fault;
  /** Cases that saw it, with what they said. */
  readonly caught: readonly { readonly id: string; readonly reason: string }[];
  /** Cases that should have and did not. */
  readonly missed: readonly string[];
}

/**
 * Plants a fault and runs the cases that must catch it.
 * @param limit what the table of cases was made with
 * @throws Error when the fault cannot be planted, or names a case that does not exist
 */
export async function prove(fault: Fault, cases: readonly Case[], limit: number): Promise<Proof> {
  const { protocol, testing, remove } = await plant(fault);
  const caught: { id: string; reason: string }[] = [];
  const missed: string[] = [];
  try {
    for (const id of fault.caughtBy) {
      const each = cases.find((candidate) => candidate.id === id);
      if (each === undefined) throw new Error(`"${fault.name}" names the case ${id}, which does not exist`);
      const role = fault.role ?? each.roles[0]!;
      const options = { cases, role, protocol, testing, limit };
      let result = resultOf(each, await runCase(each, { ...options, quick: true }), 0);
      // What shows only when the bytes are cut needs all the chunkings.
      if (result.outcome === "pass") result = resultOf(each, await runCase(each, options), 0);
      if (result.outcome === "pass") missed.push(id);
      else caught.push({ id, reason: `${result.outcome}: ${result.reason}` });
    }
  } finally {
    remove();
  }
  return { fault, caught, missed };
}
