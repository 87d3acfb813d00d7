/** Who is measured, as data: a server program each in `peers/`. */
import type { Workload } from "./workload.js";

/** One contestant: a server, or one way to set it up. */
export interface Peer {
  readonly name: string;
  /** What is not as it is by default; "" for the default. */
  readonly variant: string;
  /** File in `peers/`. */
  readonly program: string;
  /** Packages it needs; without them there is a gap in the table. */
  readonly packages: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** No WebSocket server: see `Target`. */
  readonly raw: boolean;
  /** Workloads that it is measured in; all when not given. */
  readonly only?: readonly string[];
}

/** The argument of a server program. */
export interface ServerJob {
  readonly serve: Workload["serve"];
  readonly variant: string;
  /** Folders whose packages it loads, the first that has one. */
  readonly modules: readonly string[];
  /** What a server without a protocol broadcasts: the frame (in base64), and the octets of the one that asks for it. */
  readonly broadcast: { readonly message: string; readonly frame: number };
}

/** The one the others are compared with. */
export const BASELINE = "ws";

const peer = (name: string, variant: string, packages: readonly string[], more: Partial<Peer> = {}): Peer => {
  return { name, variant, program: `${name}.mjs`, packages, environment: {}, raw: false, ...more };
};
const messages = ["a", "b", "bt", "b1k", "c64k", "c1m"];

/** All of them; the baseline first. */
export const PEERS: readonly Peer[] = [
  peer(BASELINE, "", ["ws"], { environment: { WS_NO_BUFFER_UTIL: "1" } }),
  peer(BASELINE, "bufferutil", ["ws", "bufferutil"]),
  peer("raw", "", [], { raw: true }),
  peer("tideway", "", ["tideway"]),
  peer("tideway", "view", ["tideway"], { only: messages.filter((id) => id !== "bt") }),
  peer("tideway", "async", ["tideway"], { only: ["a", "b", "bt"] }),
];

/** Its name in tables and on the command line. */
export function labelOf({ name, variant }: Peer): string {
  return variant === "" ? name : `${name}:${variant}`;
}

/** The peers that the words name: "ws" with all its variants, "tideway:view" alone. @throws TypeError for a word that names none */
export function peersOf(words: readonly string[]): Peer[] {
  for (const word of words) {
    if (!PEERS.some((each) => word === each.name || word === labelOf(each)))
      throw new TypeError(`no peer "${word}"; there are ${PEERS.map(labelOf).join(", ")}`);
  }
  return PEERS.filter((each) => words.includes(each.name) || words.includes(labelOf(each)));
}
