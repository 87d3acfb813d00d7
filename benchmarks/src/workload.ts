/** What is measured, as data. */

/**
 * How the load is made. "echo": each connection has messages under way and sends as many as come back. "broadcast": the first sends, all
 * get it. "handshake": connect, upgrade, close. "idle": open and look at the memory. "paced": echo at a given rate, whatever comes back.
 * "client": as "echo", and it is the client that is measured.
 */
export type Kind = "echo" | "broadcast" | "handshake" | "idle" | "paced" | "client";

/** permessage-deflate: none, each message by itself in both directions, with the context of the server kept, or as both ends have it by default. */
export type Compression = "none" | "single" | "takeover" | "default";

/** One workload. */
export interface Workload {
  /** Short name, as in results. */
  readonly id: string;
  /** What it is, for a reader of the table. */
  readonly title: string;
  readonly kind: Kind;
  readonly connections: number;
  /** Messages that a connection has under way; of a broadcast: how many are sent at once. */
  readonly inFlight: number;
  /** Octets of payload. */
  readonly bytes: number;
  /** Text, not binary. */
  readonly text: boolean;
  readonly compression: Compression;
  readonly tls: boolean;
  /** Rounds at most, where one takes long. */
  readonly rounds?: number;
}

const base = { kind: "echo", text: false, compression: "none", tls: false, bytes: 64, inFlight: 1 } as const;

const echo = (id: string, title: string, connections: number, inFlight: number, bytes: number): Workload => {
  return { ...base, id, title: `echo ${title}`, connections, inFlight, bytes };
};

const broadcast = (id: string, title: string, connections: number, inFlight: number): Workload => {
  const text = true;
  return {
    ...base,
    id,
    title: `broadcast 128 B text to ${title}`,
    kind: "broadcast",
    connections,
    inFlight,
    bytes: 128,
    text,
  };
};

const deflate = (id: string, title: string, compression: Compression): Workload => {
  return { ...echo(id, `1 KiB JSON, permessage-deflate ${title}`, 50, 8, 1024), text: true, compression };
};

/** All of them, in the order of the table. */
export const WORKLOADS: readonly Workload[] = [
  echo("a", "64 B binary, 100 connections, 1 in flight", 100, 1, 64),
  echo("b", "64 B binary, 100 connections, 32 in flight", 100, 32, 64),
  { ...echo("bt", "64 B text, 100 connections, 32 in flight", 100, 32, 64), text: true },
  echo("b1k", "1 KiB binary, 100 connections, 16 in flight", 100, 16, 1024),
  echo("c64k", "64 KiB binary, 4 connections, 2 in flight", 4, 2, 64 * 1024),
  echo("c1m", "1 MiB binary, 4 connections, 1 in flight", 4, 1, 1024 * 1024),
  broadcast("d1k", "1 000, one at a time", 1000, 1),
  { ...broadcast("d5k", "5 000, one at a time", 5000, 1), rounds: 2 },
  broadcast("d1kw8", "1 000, eight at a time", 1000, 8),
  { ...base, id: "f", title: "handshake: connect, upgrade, close; 32 at a time", kind: "handshake", connections: 32 },
  deflate("g1", "without takeover", "single"),
  deflate("g2", "with takeover by the server", "takeover"),
  { ...base, id: "e", title: "memory of 10 000 connections", kind: "idle", connections: 10_000, rounds: 1 },
  {
    ...deflate("e-deflate", "", "default"),
    title: "memory of 10 000 connections, permessage-deflate as the server has it by default",
    kind: "idle",
    connections: 10_000,
    rounds: 1,
  },
  {
    ...base,
    id: "half",
    title: "echo 64 B binary, 100 connections, at half the rate that ws sustains",
    kind: "paced",
    connections: 100,
  },
  { ...echo("a-tls", "64 B binary over TLS, 100 connections, 1 in flight", 100, 1, 64), tls: true },
  { ...echo("b-tls", "64 B binary over TLS, 100 connections, 32 in flight", 100, 32, 64), tls: true },
  {
    ...base,
    id: "client",
    title: "the client: 64 B binary, 10 connections, 32 in flight",
    kind: "client",
    connections: 10,
    inFlight: 32,
  },
];

/** The workload of this name. @throws TypeError when there is none */
export function workloadOf(id: string): Workload {
  const found = WORKLOADS.find((workload) => workload.id === id);
  if (found === undefined)
    throw new TypeError(`no workload "${id}"; there are ${WORKLOADS.map((each) => each.id).join(", ")}`);
  return found;
}
