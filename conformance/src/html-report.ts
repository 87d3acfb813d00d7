/** The results as one page that needs nothing else: a matrix of implementations and cases, each cell opens the log of its run. */
import { deflateRawSync } from "node:zlib";
import type { Case, Level } from "./case.js";
import { SCRIPT, STYLE } from "./html-page.js";
import type { CaseResult } from "./result.js";
import type { Results } from "./summary.js";

/** What a cell may be: its sign, its colour, and whether it is a difference. Its letter stands for it in the data. */
const OUTCOMES = {
  p: { name: "pass", sign: "✓", style: "pass", differs: false },
  n: { name: "non-strict", sign: "~", style: "non-strict", differs: true },
  i: { name: "informational", sign: "i", style: "informational", differs: false },
  s: { name: "not applicable", sign: "–", style: "informational not-applicable", differs: false },
  f: { name: "fail", sign: "✗", style: "fail", differs: true },
  x: { name: "not run", sign: "", style: "none", differs: false },
} as const;

type Letter = keyof typeof OUTCOMES;

/** What the script of the page reads. */
interface PageData {
  readonly outcomes: typeof OUTCOMES;
  readonly cases: readonly {
    readonly id: string;
    readonly title: string;
    readonly section: string;
    readonly level: Level;
    readonly quote: string;
  }[];
  readonly columns: readonly {
    readonly name: string;
    /** A letter for each case. */
    readonly outcomes: string;
    /** JSON, a [reason, run, log] for each case; raw DEFLATE, then base64: the logs are long and much alike. */
    readonly details: string;
  }[];
}

interface Column {
  readonly name: string;
  readonly date: string;
  readonly byId: ReadonlyMap<string, CaseResult>;
}

/** One column for each implementation, role and way of running. */
function columnsOf(all: readonly Results[]): Column[] {
  return all.flatMap(({ target, date, results }) => {
    const kinds = new Map<string, Map<string, CaseResult>>();
    for (const result of results) {
      const name = `${target}, ${result.role}${result.over === "core" ? ", without I/O" : ""}`;
      const byId = kinds.get(name) ?? new Map<string, CaseResult>();
      kinds.set(name, byId.set(result.id, result));
    }
    return [...kinds].map(([name, byId]) => ({ name, date, byId }));
  });
}

function letterOf(result: CaseResult | undefined): Letter {
  if (result === undefined) return "x";
  if (result.skipped) return "s";
  return ({ pass: "p", "non-strict": "n", informational: "i", fail: "f" } as const)[result.outcome];
}

function detailsOf(result: CaseResult | undefined): readonly unknown[] {
  if (result === undefined) return ["", "", []];
  return [result.reason, result.run ?? "", result.log.map(({ at, direction, text }) => [at, direction, text])];
}

function dataOf(columns: readonly Column[], rows: readonly Case[]): PageData {
  return {
    outcomes: OUTCOMES,
    cases: rows.map(({ id, title, section, level, quote }) => ({ id, title, section, level, quote })),
    columns: columns.map(({ name, byId }) => ({
      name,
      outcomes: rows.map(({ id }) => letterOf(byId.get(id))).join(""),
      details: deflateRawSync(JSON.stringify(rows.map(({ id }) => detailsOf(byId.get(id))))).toString("base64"),
    })),
  };
}

const COUNTED: readonly Letter[] = ["p", "n", "i", "s", "f"];

function sign(letter: Letter): string {
  const { name, style } = OUTCOMES[letter];
  return `<span class="sign ${style}" title="${name}">${OUTCOMES[letter].sign}</span> <span class="word">${name}</span>`;
}

function totals(columns: readonly Column[]): string {
  const rows = columns.map(({ name, date, byId }) => {
    const letters = [...byId.values()].map(letterOf);
    const counts = COUNTED.map((letter) => `<td>${letters.filter((each) => each === letter).length}</td>`);
    return `<tr><th scope="row">${escapeHtml(name)}</th><td>${date}</td>${counts.join("")}</tr>`;
  });
  const head = COUNTED.map((letter) => `<th scope="col">${sign(letter)}</th>`).join("");
  return `<table class="totals"><thead><tr><th scope="col">implementation</th><th scope="col">date</th>${head}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table>`;
}

/** The page. @param cases gives the order of the rows and what each is about */
export function htmlReport(all: readonly Results[], cases: readonly Case[]): string {
  const columns = columnsOf(all);
  const rows = cases.filter(({ id }) => columns.some(({ byId }) => byId.has(id)));
  const head = columns.map(({ name }) => `<th scope="col"><span>${escapeHtml(name)}</span></th>`).join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>WebSocket conformance</title><style>${STYLE}</style></head><body>
<h1>WebSocket conformance</h1>
<div class="totals-scroll">${totals(columns)}</div>
<p>A cell opens the log of the run that decided, its frames decoded: by click, or by the arrow keys and Enter.</p>
<noscript><p>The matrix and the logs are drawn by a script.</p></noscript>
<div class="tools"><label>Cases with <input id="words" type="search" placeholder="id, section or word"></label>
<label><input id="only" type="checkbox"> only where one differs</label> <span id="count" class="soft" role="status"></span></div>
<div class="scroll"><table id="matrix"><thead><tr><th scope="col">case</th>${head}</tr></thead><tbody></tbody></table></div>
<dialog aria-label="Log of a run"><form method="dialog"><button>Close</button></form><div id="content"></div></dialog>
<script type="application/json" id="data">${JSON.stringify(dataOf(columns, rows)).replaceAll("<", "\\u003c")}</script>
<script>${SCRIPT}</script>
</body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
