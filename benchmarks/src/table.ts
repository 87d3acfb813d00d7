/** The rows as tables in Markdown. */
import type { Row } from "./row.js";
import type { Workload } from "./workload.js";

/** A column: its heading, and what stands in it. */
interface Column {
  readonly heading: string;
  readonly cell: (row: Row) => string;
}

const NONE = "–";

const CPU: readonly Column[] = [
  { heading: "us per message", cell: ({ cpuMicros }) => digits(cpuMicros) },
  { heading: "times cheaper than ws", cell: ({ ratio }) => digits(ratio) },
  { heading: "spread", cell: ({ spread }) => percent(spread) },
];
const LATENCY: readonly Column[] = [
  ...CPU,
  ...(["p50", "p99", "p999"] as const).map(
    (part): Column => ({ heading: `${part}, ms`, cell: ({ latencyMillis }) => digits(latencyMillis?.[part]) }),
  ),
  { heading: "loop late p99, ms", cell: ({ loopDelayMillis }) => digits(loopDelayMillis) },
  { heading: "messages/s", cell: ({ rate }) => digits(rate) },
];
const MEMORY: readonly Column[] = [
  { heading: "octets per connection", cell: ({ bytes }) => digits(bytes) },
  { heading: "alive in the heap", cell: ({ liveBytes }) => digits(liveBytes) },
  { heading: "times less than ws", cell: ({ ratio }) => digits(ratio) },
];

/** One table for each workload; the best first. */
export function tables(workloads: readonly Workload[], rows: readonly Row[]): string {
  return workloads
    .flatMap((workload) => {
      const { id, title, kind } = workload;
      if (kind !== "idle") return [table(id, title, kind === "paced" ? LATENCY : CPU, rows)];
      const echoed = `${title}, after one message each way`;
      return [table(id, title, MEMORY, rows), table(`${id}-echo`, echoed, MEMORY, rows)];
    })
    .join("\n");
}

function table(id: string, title: string, columns: readonly Column[], rows: readonly Row[]): string {
  const own = rows.filter(({ workload }) => workload === id);
  own.sort((a, b) => cost(a) - cost(b));
  const headings = ["peer", "version", "options", ...columns.map(({ heading }) => heading)];
  return [`### ${id}: ${title}`, "", line(headings), line(headings.map(() => "---")), ...own.map(cells), ""].join("\n");

  function cells(row: Row): string {
    const { peer, variant, version, options, gap } = row;
    const name = variant === undefined ? peer : `${peer} (${variant})`;
    const set = Object.entries(options).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
    if (gap === undefined) return line([name, version, set.join(", "), ...columns.map(({ cell }) => cell(row))]);
    return line([name, version || NONE, gap, ...columns.map(() => NONE)]);
  }
}

function cost({ cpuMicros, bytes }: Row): number {
  return cpuMicros ?? bytes ?? Number.POSITIVE_INFINITY;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "/").replaceAll("\n", " ")).join(" | ")} |`;
}

/** Three digits that count. */
function digits(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : String(Number(value.toPrecision(3)));
}

function percent(value: number | null): string {
  return value === null ? NONE : `${Math.round(value * 100)} %`;
}
