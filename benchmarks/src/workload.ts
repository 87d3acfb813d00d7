/** What is measured, as data. */

/** One workload. */
export interface Workload {
  /** Short name, as in results. */
  readonly id: string;
  /** What it is, for a reader of the table. */
  readonly title: string;
  /** What the server does. */
  readonly serve: "echo" | "broadcast";
  readonly connections: number;
  /** Messages that a connection has under way; of a broadcast: how many are sent at once. */
  readonly inFlight: number;
  /** Octets of payload. */
  readonly bytes: number;
  /** Text, not binary. */
  readonly text: boolean;
}

const echo = (id: string, title: string, connections: number, inFlight: number, bytes: number): Workload => {
  return { id, title, serve: "echo", connections, inFlight, bytes, text: false };
};

const broadcast = (id: string, title: string, connections: number, inFlight: number): Workload => {
  return { id, title, serve: "broadcast", connections, inFlight, bytes: 128, text: true };
};

/** All of them, in the order of the table. */
export const WORKLOADS: readonly Workload[] = [
  echo("a", "echo 64 B binary, 100 connections, 1 in flight", 100, 1, 64),
  echo("b", "echo 64 B binary, 100 connections, 32 in flight", 100, 32, 64),
  { ...echo("bt", "echo 64 B text, 100 connections, 32 in flight", 100, 32, 64), text: true },
  echo("b1k", "echo 1 KiB binary, 100 connections, 16 in flight", 100, 16, 1024),
  echo("c64k", "echo 64 KiB binary, 4 connections, 2 in flight", 4, 2, 64 * 1024),
  echo("c1m", "echo 1 MiB binary, 4 connections, 1 in flight", 4, 1, 1024 * 1024),
  broadcast("d1k", "broadcast 128 B text to 1 000, one at a time", 1000, 1),
  broadcast("d5k", "broadcast 128 B text to 5 000, one at a time", 5000, 1),
  broadcast("d1kw8", "broadcast 128 B text to 1 000, eight at a time", 1000, 8),
];

/** The workload of this name. @throws TypeError when there is none */
export function workloadOf(id: string): Workload {
  const found = WORKLOADS.find((workload) => workload.id === id);
  if (found === undefined)
    throw new TypeError(`no workload "${id}"; there are ${WORKLOADS.map((each) => each.id).join(", ")}`);
  return found;
}
