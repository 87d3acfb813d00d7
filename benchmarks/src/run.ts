/** A run: every peer of a workload beside the others, round by round. */
import { Contest } from "./contest.js";
import { BASELINE, type Peer } from "./peer.js";
import type { RunPlan } from "./plan.js";
import type { Workload } from "./workload.js";

/** Messages a second of a load at half rate where the baseline cannot be asked. */
const RATE_WITHOUT_BASELINE = 20_000;

/** Measures the peers in one workload. */
export async function runWorkload(workload: Workload, peers: readonly Peer[], plan: RunPlan): Promise<Contest[]> {
  const chosen = peers.filter(({ workloads }) => workloads.includes(workload.id));
  const contests = chosen.map((peer) => new Contest(peer, workload, plan));
  const rounds = Math.min(plan.rounds, workload.rounds ?? plan.rounds);
  const rate = workload.kind === "paced" ? await halfRate(workload, contests) : 0;
  try {
    await Promise.all(contests.map((contest) => contest.start()));
    for (let round = 0; round < rounds; round++) for (const contest of contests) await contest.round(rate);
  } finally {
    await Promise.all(contests.map((contest) => contest.stop()));
  }
  return contests;
}

/** Half of what the baseline does when it has all it can take: the same rate for everyone. */
async function halfRate(workload: Workload, contests: readonly Contest[]): Promise<number> {
  const baseline = contests.find(({ peer }) => peer.name === BASELINE && peer.variant === "");
  const rate = (await baseline?.saturate({ ...workload, kind: "echo" })) ?? 0;
  return Math.round(rate / 2) || RATE_WITHOUT_BASELINE;
}
