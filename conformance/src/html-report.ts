/** The results as one page that needs nothing else: a matrix of implementations and cases, each cell opens the log of its run. */
import type { Case, Outcome } from "./case.js";
import type { CaseResult } from "./result.js";
import type { Results } from "./summary.js";

const STYLE = `
:root { color-scheme: light dark; --pass: #2e8540; --non-strict: #b8860b; --informational: #3a6ea5; --fail: #c0392b; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem; }
table { border-collapse: collapse; }
th, td { padding: 2px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid #8883; }
thead th { position: sticky; top: 0; background: Canvas; }
button { font: inherit; color: #fff; border: 0; border-radius: 3px; padding: 1px 8px; cursor: pointer; min-width: 7.5em; }
.pass { background: var(--pass); } .non-strict { background: var(--non-strict); }
.informational { background: var(--informational); } .fail { background: var(--fail); } .none { opacity: .4; }
dialog { max-width: 70rem; width: 90%; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.out { color: var(--informational); } .in { color: var(--pass); } .note { opacity: .7; }
q { font-style: italic; }`;

const SCRIPT = `
const data = JSON.parse(document.getElementById("data").textContent);
const dialog = document.querySelector("dialog");
const put = (tag, text, kind) => {
  const element = dialog.appendChild(document.createElement(tag));
  element.textContent = text;
  if (kind) element.className = kind;
};
document.querySelector("tbody").addEventListener("click", ({ target }) => {
  if (!(target instanceof HTMLButtonElement)) return;
  const [column, row] = target.dataset.cell.split(",").map(Number);
  const each = data.cases[row];
  const cell = data.columns[column].cells[row];
  dialog.replaceChildren();
  put("h2", each.id);
  put("p", each.title + " (" + each.section + ", " + each.level + ")");
  put("q", each.quote);
  put("p", data.columns[column].name + ": " + cell.outcome + (cell.run ? " [" + cell.run + "]" : "") + (cell.reason ? ": " + cell.reason : ""));
  for (const [at, direction, text] of cell.log) put("pre", at.toFixed(1).padStart(8) + " ms  " + direction.padEnd(4) + "  " + text, direction);
  dialog.showModal();
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
const [words, only] = [document.getElementById("words"), document.getElementById("only")];
const filter = () => {
  for (const row of document.querySelectorAll("tbody tr")) {
    const seen = row.textContent.includes(words.value) && (!only.checked || row.querySelector(".fail, .non-strict") !== null);
    row.hidden = !seen;
  }
};
words.addEventListener("input", filter);
only.addEventListener("change", filter);`;

interface Column {
  readonly name: string;
  readonly byId: ReadonlyMap<string, CaseResult>;
  readonly counts: string;
}

/** One column for each implementation, role and way of running. */
function columnsOf(all: readonly Results[]): Column[] {
  return all.flatMap(({ target, results }) => {
    const kinds = new Map<string, CaseResult[]>();
    for (const result of results) {
      const name = `${target}, ${result.role}${result.over === "core" ? ", without I/O" : ""}`;
      kinds.set(name, [...(kinds.get(name) ?? []), result]);
    }
    return [...kinds].map(([name, own]) => ({
      name,
      byId: new Map(own.map((each) => [each.id, each])),
      counts: countsOf(own),
    }));
  });
}

function countsOf(results: readonly CaseResult[]): string {
  const outcomes: readonly Outcome[] = ["pass", "non-strict", "informational", "fail"];
  return outcomes
    .map((outcome) => `${results.filter((each) => each.outcome === outcome).length} ${outcome}`)
    .join(", ");
}

/** The page. @param cases gives the order of the rows and what each is about */
export function htmlReport(all: readonly Results[], cases: readonly Case[]): string {
  const columns = columnsOf(all);
  const rows = cases.filter(({ id }) => columns.some(({ byId }) => byId.has(id)));
  const data = {
    cases: rows.map(({ id, title, section, level, quote }) => ({ id, title, section, level, quote })),
    columns: columns.map(({ name, byId }) => ({ name, cells: rows.map(({ id }) => cellOf(byId.get(id))) })),
  };
  const head = columns.map(({ name, counts }) => `<th>${escapeHtml(name)}<br><small>${counts}</small></th>`).join("");
  const body = rows.map((each, row) => {
    const cells = columns.map(({ byId }, column) => cellHtml(byId.get(each.id), column, row)).join("");
    return `<tr><td title="${escapeHtml(each.title)}">${escapeHtml(each.id)}</td><td>${each.section}</td><td>${each.level}</td>${cells}</tr>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>WebSocket conformance</title><style>${STYLE}</style></head><body>
<h1>WebSocket conformance</h1>
<p>${all.map(({ target, date }) => `${escapeHtml(target)} (${date})`).join(", ")}. A cell opens the log of the run that decided.</p>
<p><label>Cases with <input id="words" type="search"></label> <label><input id="only" type="checkbox"> only where one differs</label></p>
<table><thead><tr><th>case</th><th>section</th><th>level</th>${head}</tr></thead><tbody>
${body.join("\n")}
</tbody></table><dialog></dialog>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>
<script>${SCRIPT}</script>
</body></html>
`;
}

function cellOf(result: CaseResult | undefined): object {
  if (result === undefined) return { outcome: "not run", reason: "", log: [] };
  const { outcome, reason, run = "", log } = result;
  return { outcome, reason, run, log: log.map(({ at, direction, text }) => [at, direction, text]) };
}

function cellHtml(result: CaseResult | undefined, column: number, row: number): string {
  if (result === undefined) return '<td class="none">–</td>';
  return `<td><button class="${result.outcome}" data-cell="${column},${row}">${result.outcome}</button></td>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
