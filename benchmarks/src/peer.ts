/** Who is measured, as data: a program each in `peers/`. */
import type { Dialect } from "./exchange.js";
import type { Compression } from "./workload.js";

/** What runs a program. */
export type Runtime = "node" | "bun" | "deno" | "go";

/** One contestant: a server or a client, or one way to set it up. */
export interface Peer {
  readonly name: string;
  /** What is not as it is by default; "" for the default. */
  readonly variant: string;
  /** File in `peers/`. */
  readonly program: string;
  readonly runtime: Runtime;
  /** Packages it needs; without them there is a gap in the table. */
  readonly packages: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly dialect: Dialect;
  /** Folder to load its packages from, when it is not the plan's. */
  readonly modules?: string;
  /** Workloads that it is measured in. */
  readonly workloads: readonly string[];
}

/** The argument of a program. */
export interface ProgramJob {
  readonly variant: string;
  /** Folders whose packages it loads, the first that has one. */
  readonly modules: readonly string[];
  readonly compression: Compression;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Messages go to everyone. For a server without a protocol: the frame (in base64), and the octets of the one that asks for it. */
  readonly broadcast?: { readonly message: string; readonly request: number };
  /** What a client is to do. */
  readonly client?: {
    readonly url: string;
    readonly connections: number;
    readonly inFlight: number;
    readonly bytes: number;
  };
}

/** The one the others are compared with. */
export const BASELINE = "ws";

const MESSAGES = ["a", "b", "bt", "b1k", "c64k", "c1m"];
const BROADCASTS = ["d1k", "d5k", "d1kw8"];
const PLAIN = [...MESSAGES, ...BROADCASTS, "f", "e"];
const TLS = ["a-tls", "b-tls"];
const DEFLATE = ["g1", "g2", "e-deflate"];

const peer = (name: string, variant: string, workloads: readonly string[], more: Partial<Peer> = {}): Peer => {
  const program = `${name}.mjs`;
  const own = { program, runtime: "node", packages: [name], environment: {}, dialect: "websocket" } as const;
  return { name, variant, workloads, ...own, ...more };
};
const client = (name: string, variant: string, more: Partial<Peer> = {}): Peer =>
  peer(name, variant, ["client"], { program: `client-${name}.mjs`, ...more });

const withoutBufferutil = { environment: { WS_NO_BUFFER_UTIL: "1" } };
const withBufferutil = { packages: ["ws", "bufferutil"] };

/** All of them; the baseline first. */
export const PEERS: readonly Peer[] = [
  peer("ws", "", [...PLAIN, ...DEFLATE, ...TLS, "half"], withoutBufferutil),
  client("ws", "", withoutBufferutil),
  peer("ws", "bufferutil", ["b", "b1k", "c64k", "c1m"], withBufferutil),
  client("ws", "bufferutil", withBufferutil),
  peer("raw", "", [...PLAIN, ...TLS, "half"], { packages: [], dialect: "raw" }),
  peer("tideway", "", [...PLAIN, ...DEFLATE, ...TLS, "half"]),
  peer("tideway", "view", ["a", "b", "b1k", "c64k", "c1m", "b-tls"]),
  peer("tideway", "async", ["a", "b", "bt", "half"]),
  peer("tideway", "bare", ["f", "e"]),
  peer("tideway", "level6", ["g1", "g2"]),
  client("tideway", ""),
  client("tideway", "connect"),
  client("undici", ""),
  peer("websocket", "", PLAIN),
  peer("faye-websocket", "", PLAIN),
  peer("socket.io", "", PLAIN, { dialect: "socket.io" }),
  peer("crossws", "", PLAIN),
  peer("bun", "", [...PLAIN, ...DEFLATE, ...TLS, "half"], { runtime: "bun", packages: [] }),
  peer("deno", "", [...PLAIN, "half"], { runtime: "deno", packages: [] }),
  peer("gorilla", "", [...PLAIN, "g1", ...TLS, "half"], { runtime: "go", program: "gorilla.go", packages: [] }),
];

/** Its name in tables and on the command line. */
export function labelOf({ name, variant }: Pick<Peer, "name" | "variant">): string {
  return variant === "" ? name : `${name}:${variant}`;
}

/** All the names that can be said on the command line. */
export function labels(): string[] {
  return [...new Set(PEERS.map(labelOf))];
}

/** The peers that the words name: "ws" with all its variants, "tideway:view" alone. @throws TypeError for a word that names none */
export function peersOf(words: readonly string[]): Peer[] {
  for (const word of words) {
    if (!PEERS.some((each) => word === each.name || word === labelOf(each)))
      throw new TypeError(`no peer "${word}"; there are ${labels().join(", ")}`);
  }
  return PEERS.filter((each) => words.includes(each.name) || words.includes(labelOf(each)));
}

/** The default of Tideway, server and client, as another checkout has it, installed in a folder. */
export function rivals(modules: string): Peer[] {
  const defaults = PEERS.filter((each) => labelOf(each) === "tideway");
  return defaults.map((each) => ({ ...each, variant: "against", modules }));
}
