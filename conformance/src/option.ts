import { parseArgs } from "node:util";
import { PATIENCE, type Patience } from "./line.js";

/** What `npm run conformance` was asked for. */
export interface Options {
  /** URL of the server to judge. */
  readonly server: string | undefined;
  /** URL of the same server with a largest message of `limit` octets. */
  readonly limitServer: string | undefined;
  readonly limit: number;
  /** File with the certificate authorities of a wss: URL. */
  readonly ca: string | undefined;
  /** Certificates are not checked. */
  readonly insecure: boolean;
  /** Be the server that judges clients. */
  readonly client: boolean;
  readonly port: number;
  /** Name of the target in reports. */
  readonly target: string | undefined;
  /** Folder for the results of the peers. */
  readonly peers: string | undefined;
  readonly json: string | undefined;
  readonly html: string | undefined;
  /** Regular expression for the ids of the cases to run. */
  readonly filter: RegExp | undefined;
  readonly concurrency: number;
  readonly patience: Patience;
  /** Whatever is no pass counts. */
  readonly strict: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

/** What `--help` says. */
export const USAGE = `npm run conformance -- [options]

  (none)                 judge Tideway: server, client, and the core without I/O in both roles
  --server URL           judge the server at this ws: or wss: URL, which must echo
  --limit-server URL     the same server where its largest message is --limit octets (default: those cases are left out)
  --ca FILE              trust the certificates that the authorities in this PEM file signed (wss:)
  --insecure             trust any certificate (wss:)
  --client --port N      be the server that judges any client (docs/reference/conformance-protocol.md); default port 9101
  --peers DIR            judge the other implementations of peers/ and write results into the folder DIR; --target picks by name
  --limit N              largest message in cases about limits; default 65536
  --case PATTERN         only cases whose id matches this regular expression
  --target NAME          name in reports; default: the URL, or what the client calls itself
  --json FILE            write the results
  --html FILE            write them as one page, with the log of every case
  --concurrency N        connections at a time; default 16
  --patience N           milliseconds until what should come at once is late; default 2000, more on a machine that is busy
  --strict               exit with 1 for everything that is no pass; without: for failures only (Tideway itself: always strict)
  --list                 print the cases and end
`;

/** Reads the command line. @throws TypeError with a readable message */
export function readOptions(words: readonly string[]): Options {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      server: text,
      "limit-server": text,
      ca: text,
      insecure: flag,
      limit: { ...text, default: "65536" },
      client: flag,
      port: { ...text, default: "9101" },
      target: text,
      peers: text,
      json: text,
      html: text,
      case: text,
      concurrency: { ...text, default: "16" },
      patience: { ...text, default: String(PATIENCE.soon) },
      strict: flag,
      list: flag,
      help: { ...flag, short: "h" },
    },
  });
  if (values.ca !== undefined && values.insecure) throw new TypeError("--ca and --insecure exclude each other");
  if (values.client && values.server !== undefined) throw new TypeError("--server and --client exclude each other");
  return {
    server: values.server,
    limitServer: values["limit-server"],
    ca: values.ca,
    insecure: values.insecure,
    limit: whole("--limit", values.limit, 1024, 2 ** 24),
    client: values.client,
    port: whole("--port", values.port, 0, 65_535),
    target: values.target,
    peers: values.peers,
    json: values.json,
    html: values.html,
    filter: values.case === undefined ? undefined : new RegExp(values.case),
    concurrency: whole("--concurrency", values.concurrency, 1, 1000),
    patience: patienceOf(whole("--patience", values.patience, 100, 60_000)),
    strict: values.strict,
    list: values.list,
    help: values.help,
  };
}

/** What a case cannot go on without is waited for in proportion. */
function patienceOf(soon: number): Patience {
  return { soon, last: Math.max(PATIENCE.last, 2 * soon) };
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new TypeError(`${name} takes a whole number from ${least} to ${most}, not "${text}"`);
}
