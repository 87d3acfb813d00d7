/** The rows as a table in Markdown. */
import type { Row } from "./row.js";
import type { Workload } from "./workload.js";

/** One table for each workload; the best ratio first. */
export function tables(workloads: readonly Workload[], rows: readonly Row[]): string {
  return workloads
    .map((workload) => {
      const own = rows.filter((row) => row.workload === workload.id);
      own.sort((a, b) => (a.cpuMicros ?? Number.POSITIVE_INFINITY) - (b.cpuMicros ?? Number.POSITIVE_INFINITY));
      return [
        `### ${workload.id}: ${workload.title}`,
        "",
        "| peer | version | options | us per message | times cheaper than ws | spread |",
        "|---|---|---|---|---|---|",
        ...own.map(line),
        "",
      ].join("\n");
    })
    .join("\n");
}

function line(row: Row): string {
  const { peer, variant, version, options, gap, cpuMicros, ratio, spread } = row;
  const name = variant === undefined ? peer : `${peer} (${variant})`;
  if (gap !== undefined)
    return `| ${name} | ${version} | | – | – | ${(gap.split("\n")[0] ?? "").replaceAll("|", "/")} |`;
  const set = Object.entries(options).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `| ${name} | ${version} | ${set.join(", ")} | ${digits(cpuMicros)} | ${digits(ratio)} | ${percent(spread)} |`;
}

function digits(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(3)));
}

function percent(value: number | null): string {
  return value === null ? "–" : `${Math.round(value * 100)} %`;
}
