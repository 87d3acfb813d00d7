/** The ratios as a picture: for each workload a bar for each peer. */
import type { Row } from "./row.js";

/** Who is in the picture, and in which colour; the table has them all. */
const BARS: readonly { readonly peer: string; readonly variant?: string; readonly colour: string }[] = [
  { peer: "raw", colour: "#d9a441" },
  { peer: "bun", colour: "#b07aa1" },
  { peer: "deno", colour: "#59a14f" },
  { peer: "gorilla", colour: "#76b7b2" },
  { peer: "tideway", colour: "#1f6fb4" },
  { peer: "tideway", variant: "view", colour: "#7fb3dd" },
];
const [LEFT, WIDTH, BAR, GAP, TOP] = [90, 720, 9, 14, 60];
/** The scale is logarithmic: from a third of what ws does to forty times. */
const [LEAST, MOST] = [1 / 3, 40];
const TICKS = [0.5, 1, 2, 5, 10, 20, 40];

/** The picture, as SVG. */
export function chart(rows: readonly Row[]): string {
  const groups = [...new Set(rows.map(({ workload }) => workload))].map((workload) => ({
    workload,
    bars: BARS.flatMap(({ peer, variant, colour }) => {
      const row = rows.find((each) => each.workload === workload && each.peer === peer && each.variant === variant);
      return row?.ratio
        ? [{ ratio: row.ratio, colour, name: variant === undefined ? peer : `${peer} (${variant})` }]
        : [];
    }),
  }));
  const shown = groups.filter(({ bars }) => bars.length > 0);
  const parts: string[] = [];
  let y = TOP;
  for (const { workload, bars } of shown) {
    parts.push(text(LEFT - 8, y + (bars.length * BAR) / 2 + 4, workload, "end"));
    for (const { ratio, colour, name } of bars) {
      const [from, to] = [at(1), at(ratio)];
      const [x, width] = [Math.min(from, to), Math.max(1, Math.abs(to - from))];
      const title = `<title>${workload}, ${name}: ${ratio.toPrecision(3)}</title>`;
      parts.push(`<rect x="${x}" y="${y}" width="${width}" height="${BAR - 1}" fill="${colour}">${title}</rect>`);
      y += BAR;
    }
    y += GAP;
  }
  const lines = TICKS.map(
    (tick) =>
      `<line x1="${at(tick)}" x2="${at(tick)}" y1="${TOP - 8}" y2="${y}" stroke="${tick === 1 ? "#333" : "#ddd"}"/>` +
      text(at(tick), TOP - 12, `${tick}×`, "middle"),
  );
  const size = `width="${LEFT + WIDTH + 30}" height="${y + 10}"`;
  const style = `<style>text{font:12px sans-serif;fill:#333}</style><rect width="100%" height="100%" fill="#fff"/>`;
  const all = [
    style,
    text(LEFT, 18, "times cheaper than ws (1×); further right is better", "start"),
    ...legend(),
    ...lines,
    ...parts,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="times cheaper than ws">\n<title>times cheaper than ws</title>\n${all.join("\n")}\n</svg>\n`;
}

function legend(): string[] {
  return BARS.flatMap(({ peer, variant, colour }, place) => {
    const x = LEFT + 300 + place * 68;
    const name = variant ?? peer;
    return [`<rect x="${x}" y="9" width="10" height="10" fill="${colour}"/>`, text(x + 13, 18, name, "start")];
  });
}

function at(ratio: number): number {
  const bounded = Math.min(MOST, Math.max(LEAST, ratio));
  const place = LEFT + (Math.log(bounded / LEAST) / Math.log(MOST / LEAST)) * WIDTH;
  return Math.round(place * 10) / 10;
}

function text(x: number, y: number, content: string, anchor: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${content}</text>`;
}
