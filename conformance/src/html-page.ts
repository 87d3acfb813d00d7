/** Style and script of the page that html-report.ts writes. The script knows the data's form, which is `PageData` there. */

/** Colours carry a sign, too, so that nobody has to tell them apart by hue. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --line: light-dark(#d0d4d9, #3a4048); --soft: light-dark(#5a636e, #9aa4b0); --paper: light-dark(#fff, #14171a);
  --pass: light-dark(#1c7a3d, #2f9e5a); --non-strict: light-dark(#946200, #c98a17);
  --informational: light-dark(#2a66a0, #4b8fd0); --fail: light-dark(#b3261e, #e0564c);
}
* { box-sizing: border-box; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 0; padding: 1rem; background: var(--paper); color: CanvasText; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; } h2 { font-size: 1.1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
p { margin: .4rem 0; max-width: 60rem; } .soft { color: var(--soft); }
table { border-collapse: collapse; } td, th { padding: 1px 6px; text-align: left; border-bottom: 1px solid var(--line); }
.totals td { text-align: right; font-variant-numeric: tabular-nums; } .totals { margin: .6rem 0; }
.scroll { overflow: auto; max-height: 85vh; border: 1px solid var(--line); outline-offset: -2px; }
.totals-scroll { overflow-x: auto; }
.tools { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center; margin: .6rem 0; }
.tools input[type="search"] { font: inherit; width: 14rem; max-width: 60vw; }
#matrix thead th { position: sticky; top: 0; background: var(--paper); z-index: 2; vertical-align: bottom; }
#matrix thead th:not(:first-child) > span { writing-mode: vertical-rl; rotate: 180deg; white-space: nowrap; }
#matrix tr > :first-child { position: sticky; left: 0; background: var(--paper); z-index: 1; }
#matrix thead tr > :first-child { z-index: 3; }
#matrix tbody th { font-weight: normal; min-width: 11rem; max-width: min(24rem, 45vw); overflow-wrap: anywhere; }
#matrix small { display: block; color: var(--soft); }
#matrix td { padding: 0; text-align: center; min-width: 1.9rem; color: #fff; cursor: pointer; border: 1px solid var(--paper); }
.sign { display: inline-block; min-width: 1.5rem; text-align: center; color: #fff; border-radius: 2px; padding: 0 .2rem; }
.pass { background: var(--pass); } .non-strict { background: var(--non-strict); }
.informational { background: var(--informational); } .fail { background: var(--fail); } .not-applicable { opacity: .45; }
#matrix td.none { cursor: default; color: var(--soft); }
#matrix td:focus-visible { outline: 3px solid CanvasText; outline-offset: -1px; }
dialog { width: min(70rem, 96vw); max-height: 90vh; border: 1px solid var(--line); background: var(--paper); color: CanvasText; }
dialog form { float: right; } dialog button { font: inherit; } q { font-style: italic; }
#log { width: 100%; margin-top: .6rem; font: 12px/1.5 ui-monospace, monospace; } #log td { vertical-align: top; }
#log td:nth-child(1) { text-align: right; color: var(--soft); white-space: nowrap; }
#log td:nth-child(2) { white-space: nowrap; } #log td:nth-child(3) { white-space: pre-wrap; overflow-wrap: anywhere; width: 100%; }
#log .note { color: var(--soft); } #log .fault { color: var(--fail); }
@media (max-width: 40rem) {
  body { padding: .5rem; } #matrix tbody th { min-width: 7rem; font-size: 12px; } #matrix thead th { font-size: 12px; }
  .totals th:not(:first-child), .totals td { font-size: 12px; padding: 1px 3px; } .totals .word { display: none; }
}`;

/** What the page does: draws the matrix, filters, moves the focus by the arrow keys, and opens the log of a cell. */
export const SCRIPT = `
const { cases, columns, outcomes } = JSON.parse(document.getElementById("data").textContent);
const find = (selector) => document.querySelector(selector);
const make = (tag, parent, text, name) => {
  const element = parent.appendChild(document.createElement(tag));
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
};
const body = find("#matrix tbody");
const rows = cases.map((each, row) => {
  const tr = make("tr", body);
  const th = make("th", tr, each.id);
  th.scope = "row";
  th.title = each.title;
  make("small", th, each.section + ", " + each.level);
  columns.forEach((column, at) => {
    const outcome = outcomes[column.outcomes[row]];
    const td = make("td", tr, outcome.sign, outcome.style);
    td.tabIndex = -1;
    td.setAttribute("aria-label", each.id + ", " + column.name + ": " + outcome.name);
    td.dataset.at = at;
  });
  tr.dataset.row = row;
  return tr;
});
const cellOf = (element) => element.closest?.("#matrix td");
let stop = rows[0]?.cells[1];
const focus = (cell) => {
  if (!cell) return;
  if (stop) stop.tabIndex = -1;
  stop = cell;
  stop.tabIndex = 0;
  stop.focus();
};
if (stop) stop.tabIndex = 0;
const shown = () => rows.filter((row) => !row.hidden);
body.addEventListener("keydown", (event) => {
  const cell = cellOf(event.target);
  if (!cell) return;
  const seen = shown();
  const at = seen.indexOf(cell.parentElement);
  const column = cell.cellIndex;
  const last = columns.length;
  const down = (count) => seen[Math.max(0, Math.min(seen.length - 1, at + count))]?.cells[column];
  const across = (to) => cell.parentElement.cells[Math.max(1, Math.min(last, to))];
  const moves = {
    ArrowDown: () => down(1), ArrowUp: () => down(-1), PageDown: () => down(20), PageUp: () => down(-20),
    ArrowRight: () => across(column + 1), ArrowLeft: () => across(column - 1),
    Home: () => (event.ctrlKey ? seen[0].cells[1] : across(1)),
    End: () => (event.ctrlKey ? seen.at(-1).cells[last] : across(last)),
  };
  if (event.key === "Enter" || event.key === " ") open(cell);
  else if (moves[event.key]) focus(moves[event.key]());
  else return;
  event.preventDefault();
});
body.addEventListener("click", (event) => {
  const cell = cellOf(event.target);
  if (!cell) return;
  focus(cell);
  open(cell);
});
const unpacked = new Map();
const detailsOf = (column) => {
  if (!unpacked.has(column)) {
    const bytes = Uint8Array.from(atob(column.details), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    unpacked.set(column, new Response(stream).json());
  }
  return unpacked.get(column);
};
// The hex of a frame as text, where it is text: a close frame begins with its code.
const spoken = (line) => {
  const found = /^(text|continuation|ping|pong|close) .*rsv=0 .* ((?:[0-9a-f]{2})+)(…?)/.exec(line);
  if (!found) return "";
  const bytes = Uint8Array.from(found[2].match(/../g), (pair) => parseInt(pair, 16));
  const code = found[1] === "close" && bytes.length > 1 ? String(bytes[0] * 256 + bytes[1]) : "";
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(code ? bytes.subarray(2) : bytes, { stream: found[3] !== "" });
    return "  " + code + (code && text ? " " : "") + (text ? JSON.stringify(text) + found[3] : "");
  } catch {
    return "  " + code;
  }
};
const dialog = find("dialog");
const content = find("#content");
async function open(cell) {
  const row = Number(cell.parentElement.dataset.row);
  const column = columns[Number(cell.dataset.at)];
  const outcome = outcomes[column.outcomes[row]];
  if (outcome.style === "none") return;
  const each = cases[row];
  const [reason, run, log] = (await detailsOf(column))[row];
  content.replaceChildren();
  make("h2", content, each.id);
  make("p", content, each.title + ".");
  const line = make("p", content);
  make("span", line, each.section + " (" + each.level + "): ", "soft");
  make("q", line, each.quote);
  const verdict = make("p", content, column.name + ": ");
  make("span", verdict, outcome.name, "sign " + outcome.style);
  verdict.append((run ? " [" + run + "]" : "") + (reason ? " " + reason : ""));
  const table = make("table", content);
  table.id = "log";
  for (const [at, direction, text] of log) {
    const tr = make("tr", table, undefined, direction === "note" && text.startsWith("fault") ? "fault" : direction);
    make("td", tr, at.toFixed(1) + " ms");
    make("td", tr, { out: "→ to it", in: "← from it", note: "note" }[direction]);
    make("span", make("td", tr, text), spoken(text), "soft");
  }
  if (log.length === 0) make("p", content, "No bytes were exchanged.", "soft");
  dialog.showModal();
  dialog.scrollTop = 0;
}
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => stop?.focus());
const [words, only, count] = [find("#words"), find("#only"), find("#count")];
const filter = () => {
  const wanted = words.value.trim().toLowerCase();
  rows.forEach((tr, row) => {
    const { id, section, title } = cases[row];
    const named = (id + " " + section + " " + title).toLowerCase().includes(wanted);
    const differs = columns.some((column) => outcomes[column.outcomes[row]].differs);
    tr.hidden = !named || (only.checked && !differs);
  });
  const seen = shown();
  count.textContent = seen.length + " of " + rows.length + " cases";
  if (stop?.parentElement.hidden && seen[0]) {
    stop.tabIndex = -1;
    stop = seen[0].cells[1];
    stop.tabIndex = 0;
  }
};
words.addEventListener("input", filter);
only.addEventListener("change", filter);
filter();`;
