// The map of the standards: docs/rfc-map/*.json holds every sentence of RFC 6455 and RFC 7692 with a key word of RFC 2119, where it lives
// in the sources and what proves it; docs/rfc-map.md is written from it.
//
//   node scripts/rfc-map.mjs        writes the page anew
//
// `check-docs.mjs` calls `checkDemands`, which looks in both directions: each demand names files, tests and cases that exist and say
// so, and each section that a source, a test or a case claims is one of the standard's, each sentence it quotes one of the list.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { filesUnder } from "./output.mjs";
import { tokens } from "./token.mjs";

/** RFC 2119. */
const KEYWORD = /\b(?:(?:MUST|SHOULD|SHALL)(?: NOT)?|REQUIRED|RECOMMENDED|OPTIONAL|MAY)\b/g;
const ID = /\b(?:6455|7692)-\d+(?:\.\d+)*-\d+\b/g;
const BEGIN = "<!-- written by scripts/rfc-map.mjs from here -->";
const END = "<!-- to here -->";
/** How strict: what each word means stands in the page, and what a demand with it has to name. */
const HOW = {
  strict: { proof: true, note: false },
  lenient: { proof: true, note: true },
  chosen: { proof: true, note: true },
  "not kept": { proof: false, note: true },
  "not ours": { proof: false, note: true },
};
const SOURCES = "packages/tideway/src";
const TESTS = "packages/tideway/test";
/** Whose claims are looked at. */
const CLAIMANTS = [SOURCES, TESTS, "conformance/src", "conformance/test", "fuzz"];
const BUILT = /\/(?:dist|dist-test|node_modules)\//;

/** The lists: `{ rfc, title, sections: [{ section: "5.2", title, keywords: { MUST: 10 } }], demands: [{ id, quote, how, note, files, tests, cases }] }`. */
export function readLists(root) {
  const folder = join(root, "docs/rfc-map");
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
}

/** The conformance cases as `npm run conformance -- --list` prints them: `{ id, section, level }`. */
export function readCases(root) {
  const program = join(root, "conformance/dist/main.js");
  if (!existsSync(program)) return [];
  const { stdout } = spawnSync(process.execPath, [program, "--list"], { encoding: "utf8", maxBuffer: 1 << 26 });
  return stdout
    .split("\n")
    .filter((line) => line.includes("\t"))
    .map((line) => line.split("\t"))
    .map(([id, section, level]) => ({ id, section, level }));
}

/** Every problem of the lists, as readable lines. */
export function checkDemands(root, cases = readCases(root)) {
  const lists = readLists(root);
  if (lists.length === 0) return ["docs/rfc-map/ has no lists"];
  if (cases.length === 0) return ["there are no conformance cases: build first"];
  const demands = lists.flatMap((list) => list.demands);
  const page = join(root, "docs/rfc-map.md");
  const written = existsSync(page) ? between(readFileSync(page, "utf8")) : undefined;
  return [
    ...lists.flatMap(checkNumbers),
    ...lists.flatMap(checkKeywords),
    ...demands.flatMap((demand) => checkDemand(root, demand, cases)),
    ...checkCases(lists, cases),
    ...checkClaims(root, lists),
    ...(written === render(lists) ? [] : ["rfc-map.md is not what the lists say: node scripts/rfc-map.mjs"]),
  ];
}

/** Ids are the standard's number, the section, and a number from 1 on in the order of the text. */
function checkNumbers({ rfc, sections, demands }) {
  const problems = [];
  const order = sections.map((each) => each.section);
  let section = "";
  let number = 0;
  for (const { id } of demands) {
    const next = id.slice(`${rfc}-`.length, id.lastIndexOf("-"));
    number = next === section ? number + 1 : 1;
    if (!order.includes(next)) problems.push(`${id}: RFC ${rfc} has no §${next}`);
    else if (order.indexOf(next) < order.indexOf(section)) problems.push(`${id} stands behind §${section}`);
    if (id !== `${rfc}-${next}-${number}`) problems.push(`${id} should be ${rfc}-${next}-${number}`);
    section = next;
  }
  return problems;
}

/** Each section has as many key words in its demands as were counted in the text of the standard. */
function checkKeywords({ rfc, sections, demands }) {
  return sections.flatMap(({ section, keywords }) => {
    const found = {};
    for (const { id, quote } of demands) {
      if (sectionOf(id) !== section) continue;
      for (const [word] of quote.matchAll(KEYWORD)) found[word] = (found[word] ?? 0) + 1;
    }
    const words = new Set([...Object.keys(found), ...Object.keys(keywords)]);
    return [...words]
      .filter((word) => found[word] !== keywords[word])
      .map(
        (word) =>
          `RFC ${rfc} §${section} has ${keywords[word] ?? 0} times ${word}, its demands ${found[word] ?? 0} times`,
      );
  });
}

/** What a demand names is there. */
function checkDemand(root, { id, how, note, files = [], tests = [], cases: patterns = [] }, cases) {
  const rule = HOW[how];
  if (rule === undefined) return [`${id}: "${how}" is no way to keep a demand`];
  const problems = [];
  if (rule.note && !note) problems.push(`${id}: ${how} needs a note`);
  if (rule.proof && files.length === 0) problems.push(`${id} names no file`);
  if (rule.proof && tests.length + patterns.length === 0) problems.push(`${id} names no test and no case`);
  for (const file of files)
    if (!existsSync(join(root, SOURCES, file))) problems.push(`${id}: ${SOURCES}/${file} does not exist`);
  for (const test of tests) {
    const { file, title } = readTest(root, test);
    if (!existsSync(join(root, file))) problems.push(`${id}: ${file} does not exist`);
    else if (title === "") problems.push(`${id}: ${file}: which of its tests?`);
    else if (!code(join(root, file)).includes(title)) problems.push(`${id}: ${file} has no test "${title}"`);
  }
  for (const pattern of patterns)
    if (!cases.some((each) => matches(pattern, each.id))) problems.push(`${id}: no case is named ${pattern}`);
  for (const other of (note ?? "").match(ID) ?? []) if (other === id) problems.push(`${id} refers to itself`);
  return problems;
}

/** Every case that a MUST decides belongs to a demand, and claims a section that is there. */
function checkCases(lists, cases) {
  const patterns = lists.flatMap((list) => list.demands).flatMap((demand) => demand.cases ?? []);
  const problems = [];
  for (const { id, section, level } of cases) {
    if (level === "MUST" && !patterns.some((pattern) => matches(pattern, id))) problems.push(`no demand names ${id}`);
    const [, rfc, number] = /^RFC (\d+) §([\d.]+)$/.exec(section) ?? [];
    const list = lists.find((each) => String(each.rfc) === rfc);
    if (rfc === undefined || (list !== undefined && !has(list, number))) problems.push(`${id}: there is no ${section}`);
  }
  return problems;
}

/** What sources and tests claim: sections that exist, ids that exist, sentences that the section has. */
function checkClaims(root, lists) {
  const ids = new Set(lists.flatMap((list) => list.demands).map(({ id }) => id));
  const named = new Set(lists.flatMap((list) => list.demands).flatMap((demand) => demand.files ?? []));
  const problems = [];
  for (const place of CLAIMANTS) {
    for (const file of filesUnder(join(root, place))) {
      if (!file.endsWith(".ts") || file.endsWith(".d.ts") || BUILT.test(file)) continue;
      const path = relative(root, file);
      const text = readFileSync(file, "utf8");
      problems.push(...sectionProblems(path, text, lists), ...quoteProblems(path, text, lists));
      for (const [id] of text.matchAll(ID)) if (!ids.has(id)) problems.push(`${path}: there is no demand ${id}`);
      const mine = relative(join(root, SOURCES), file);
      if (place === SOURCES && /RFC (?:6455|7692) §/.test(text) && !named.has(mine))
        problems.push(`${path} claims to obey a section, and no demand names it`);
    }
  }
  for (const { note } of lists.flatMap((list) => list.demands))
    for (const [id] of (note ?? "").matchAll(ID)) if (!ids.has(id)) problems.push(`a note: there is no demand ${id}`);
  return problems;
}

/** A § belongs to the last RFC that was named before it in the file, or else to either of the lists. */
function sectionProblems(path, text, lists) {
  const problems = [];
  let rfc;
  for (const match of text.matchAll(/RFC (?<rfc>\d+)|WHATWG|(?<!\.md )§(?<section>\d+(?:\.\d+)*)/g)) {
    const { section } = match.groups;
    if (section === undefined) {
      rfc = match.groups.rfc ?? match[0];
      continue;
    }
    const explicit = /RFC \d+ $/.test(text.slice(0, match.index));
    const list = lists.find((each) => String(each.rfc) === rfc);
    // Another standard's: its sections are not ours to know.
    if (rfc !== undefined && list === undefined) continue;
    const candidates = explicit && list !== undefined ? [list] : lists;
    if (!candidates.some((each) => has(each, section)))
      problems.push(`${path}:${lineOf(text, match.index)}: ${explicit ? `RFC ${rfc} ` : ""}has no §${section}`);
  }
  return problems;
}

/** A quotation behind a section that has a key word in it is one of that section's demands, word for word; an ellipsis stands for anything. */
function quoteProblems(path, text, lists) {
  const problems = [];
  for (const { kind, value, at } of tokens(text)) {
    if (kind !== "comment") continue;
    const comment = plain(value.replaceAll(/\n\s*(?:\*|\/\/)/g, " "));
    for (const match of comment.matchAll(/§(?<section>[\d.]+\d)[:)]? "(?<quote>[^"]+)"/g)) {
      const { section, quote } = match.groups;
      if (quote.search(KEYWORD) < 0) continue;
      const quotes = lists.flatMap((list) => list.demands).filter(({ id }) => sectionOf(id) === section);
      const parts = quote.split(/…|\[\.\.\.\]|\.\.\./).map((part) => plain(part).replace(/[.,]$/, ""));
      const found = quotes.some((demand) => parts.every((part) => bare(demand.quote).includes(bare(part))));
      if (!found) problems.push(`${path}:${lineOf(text, at)}: §${section} has no demand "${quote}"`);
    }
  }
  return problems;
}

/** The generated part of the page. */
export function render(lists) {
  return lists.map((list) => `${summary(list)}\n${sectionTables(list)}`).join("\n");
}

function summary({ rfc, title, demands }) {
  const rows = Object.keys(HOW).map((how) => {
    const mine = demands.filter((demand) => demand.how === how);
    const count = (word) => mine.reduce((sum, { quote }) => sum + quote.split(alone(word)).length - 1, 0);
    return `| ${how} | ${mine.length} | ${count("MUST") + count("MUST NOT")} | ${count("SHOULD") + count("SHOULD NOT") + count("RECOMMENDED")} | ${count("MAY") + count("OPTIONAL")} |`;
  });
  return [
    `## RFC ${rfc}, ${title}`,
    "",
    "| how strict | demands | MUST, MUST NOT | SHOULD, SHOULD NOT, RECOMMENDED | MAY, OPTIONAL |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** A key word by itself: MUST is not in MUST NOT. */
function alone(word) {
  return new RegExp(`\\b${word}\\b(?! NOT\\b)`);
}

function sectionTables({ rfc, sections, demands }) {
  return sections
    .map((each) => ({ ...each, mine: demands.filter(({ id }) => sectionOf(id) === each.section) }))
    .filter(({ mine }) => mine.length > 0)
    .map(({ section, title, mine }) =>
      [
        `### RFC ${rfc} §${section} ${title}`,
        "",
        "| id | what it says | how strict | file | test |",
        "|---|---|---|---|---|",
        ...mine.map(row),
        "",
      ].join("\n"),
    )
    .join("\n");
}

function row({ id, quote, how, note, files = [], tests = [], cases: patterns = [] }) {
  const proofs = [
    ...tests.map((test) => {
      const { file, title } = split(test);
      return `\`${file}\`: ${cell(title)}`;
    }),
    ...patterns.map((pattern) => `\`${pattern}\``),
  ];
  const paths = files.map((file) => `\`${file}\``).join("<br>");
  return `| ${id} | ${cell(quote)} | **${how}**${note ? `: ${cell(note)}` : ""} | ${paths} | ${proofs.join("<br>")} |`;
}

function cell(text) {
  return text.replaceAll(/[\\|<>*_`$]/g, "\\$&");
}

/** "protocol/utf8.test.ts: P4" below the library's tests, or "fuzz/test/x.test.ts: …" from the root. */
function split(test) {
  const [, file, title] = /^(\S+?\.ts)(?:: (.*))?$/.exec(test) ?? [undefined, test, ""];
  return { file, title: title ?? "" };
}

function readTest(root, test) {
  const { file, title } = split(test);
  return { file: existsSync(join(root, TESTS, file)) ? `${TESTS}/${file}` : file, title };
}

/** A source without its comments: a title in a comment is no test. */
function code(file) {
  const text = readFileSync(file, "utf8");
  let result = "";
  let from = 0;
  for (const { kind, value, at } of tokens(text)) {
    if (kind !== "comment") continue;
    result += text.slice(from, at);
    from = at + value.length;
  }
  return result + text.slice(from);
}

function matches(pattern, id) {
  const source = pattern.replaceAll(/[.+]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${source}$`).test(id);
}

function sectionOf(id) {
  return id.slice(id.indexOf("-") + 1, id.lastIndexOf("-"));
}

function has(list, section) {
  return list.sections.some((each) => each.section === section);
}

function plain(text) {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** For comparing quotations: without marks of the text form, in one case. */
function bare(text) {
  return plain(text)
    .replaceAll(/[_|/"“”]/g, "")
    .toLowerCase();
}

function lineOf(text, at) {
  return text.slice(0, at).split("\n").length;
}

function between(page) {
  const from = page.indexOf("\n", page.indexOf(BEGIN)) + 1;
  const to = page.indexOf(END);
  return page.includes(BEGIN) && to > from ? page.slice(from, to) : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
  const file = join(root, "docs/rfc-map.md");
  const page = readFileSync(file, "utf8");
  const old = between(page);
  if (old === undefined) throw new Error("docs/rfc-map.md has lost its marks");
  const lists = readLists(root);
  writeFileSync(
    file,
    page.replace(old, () => render(lists)),
  );
  console.log(
    `docs/rfc-map.md: ${lists.map(({ rfc, demands }) => `${demands.length} demands of RFC ${rfc}`).join(", ")}`,
  );
}
