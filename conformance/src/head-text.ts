import type { HeadSpec } from "./case.js";

/**
 * Writes the head of a request or a response: a good one, with the changes of a case.
 * @param good the lines of a good one
 * @param fill fills in what depends on the connection, line by line
 */
export function writeHead(
  first: string,
  good: Readonly<Record<string, string>>,
  spec: HeadSpec,
  fill: (line: string) => string,
): Buffer {
  const lines = [
    first,
    ...(spec.before ?? []),
    ...Object.entries({ ...good, ...spec.set })
      .filter(([name]) => !spec.drop?.includes(name))
      .map(([name, value]) => `${name}: ${value}`),
    ...(spec.add ?? []),
  ];
  const eol = spec.eol ?? "\r\n";
  const text = `${spec.lead ?? ""}${lines.map((line) => fill(line) + eol).join("")}${eol}${spec.tail ?? ""}`;
  return Buffer.from(text, "latin1");
}
