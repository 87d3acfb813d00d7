// Small faults planted into JavaScript, one at a time: what `scripts/mutate.mjs` runs the tests against. Works on tokens, so that
// comments and strings are not taken for code; what it makes may fail to parse now and then, which the runner sees and does not count.
import { lineOf, tokens } from "./token.mjs";

/** Operators, longest first, so that `>>>` is not read as three. */
const OPERATORS =
  ">>>= === !== **= <<= >>= >>> ... &&= ||= ??= => == != <= >= && || ?? ?. ++ -- += -= *= /= %= &= |= ^= << >> **".split(
    " ",
  );

/** What stands in for what. */
const REPLACED = new Map(
  Object.entries({
    "===": ["!=="],
    "!==": ["==="],
    "<": ["<=", ">="],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    ">=": [">", "<"],
    "&&": ["||"],
    "||": ["&&"],
    "??": ["&&"],
    "??=": ["="],
    "+": ["-"],
    "-": ["+"],
    "*": ["/"],
    "/": ["*"],
    "%": ["*"],
    "&": ["|"],
    "|": ["&"],
    "^": ["&"],
    "<<": [">>"],
    ">>": ["<<"],
    ">>>": [">>"],
    "++": ["--"],
    "--": ["++"],
    "+=": ["-="],
    "-=": ["+="],
    "|=": ["&="],
    "!": [""],
    true: ["false"],
    false: ["true"],
  }),
);

/** Words that begin what is no statement to be left out: a declaration, or one that has a body of its own. */
const NO_STATEMENT = new Set(
  "const let var function class import export from if for while do switch case default else static get set async constructor try catch finally".split(
    " ",
  ),
);

/** Every mutant of `text` as `{ at, end, line, from, to, kind }`: the characters from `at` to `end` are replaced by `to`. */
export function mutants(text) {
  const list = merged([...tokens(text)].filter((token) => token.kind !== "comment"));
  const found = [];
  const add = (kind, at, end, to) =>
    found.push({ kind, at, end, to, from: text.slice(at, end), line: lineOf(text, at) });
  for (const [index, token] of list.entries()) {
    const end = token.at + token.length;
    if (token.kind === "mark" || token.kind === "word")
      for (const to of REPLACED.get(token.value) ?? []) add("operator", token.at, end, to);
    if (token.kind === "number") add("number", token.at, end, nextNumber(token.value));
    if (token.kind === "string" && isValue(list, index)) {
      // A string with a blank is a sentence for people, which may change.
      if (!token.value.includes(" ")) add("string", token.at, end, token.value === "" ? '"x"' : '""');
    }
    if (token.kind === "word" && (token.value === "if" || token.value === "while") && is(list[index + 1], "(")) {
      const close = closing(list, index + 1);
      const [from, to] = [list[index + 1].at + 1, list[close].at];
      if (token.value === "if") add("condition", from, to, "true");
      add("condition", from, to, "false");
    }
  }
  for (const [from, to] of statements(list)) {
    const [first, last] = [list[from], list[to]];
    // `return undefined` without its value would be the same.
    const gives = first.value === "return" && to > from + 1 && !(to === from + 2 && is(list[from + 1], "undefined"));
    if (gives) add("statement", first.at, last.at, "return");
    else add("statement", first.at, last.at, "");
  }
  return found.filter((mutant) => mutant.from !== mutant.to).sort((a, b) => a.at - b.at);
}

/** The text with one mutant in it. */
export function planted(text, mutant) {
  return text.slice(0, mutant.at) + mutant.to + text.slice(mutant.end);
}

/** Marks that are one operator become one token; each token gets its length in the text. */
function merged(list) {
  const result = [];
  for (let index = 0; index < list.length; index++) {
    const token = list[index];
    let value = token.value;
    if (token.kind === "mark") {
      let run = value;
      for (let next = index + 1; list[next]?.kind === "mark" && list[next].at === token.at + run.length; next++)
        run += list[next].value;
      value = OPERATORS.find((operator) => run.startsWith(operator)) ?? value;
      index += value.length - 1;
    }
    result.push({ ...token, value, length: token.kind === "string" ? value.length + 2 : value.length });
  }
  return result;
}

function is(token, value) {
  return token?.kind !== "string" && token?.value === value;
}

/** Not the name of a module, and no key of a literal. */
function isValue(list, index) {
  return !is(list[index - 1], "from") && !is(list[index - 1], "import") && !is(list[index + 1], ":");
}

function nextNumber(value) {
  const number = Number(value.replaceAll("_", "").replace(/n$/, ""));
  return String(number + 1);
}

/** The index of the bracket that closes the one at `open`. */
function closing(list, open) {
  let depth = 0;
  for (let index = open; index < list.length; index++) {
    if (is(list[index], "(") || is(list[index], "[") || is(list[index], "{")) depth++;
    if (is(list[index], ")") || is(list[index], "]") || is(list[index], "}")) depth--;
    if (depth === 0) return index;
  }
  return list.length - 1;
}

/** The statements that can be left out, as pairs of indices: the first token, and the semicolon that ends it. */
function* statements(list) {
  const open = [{ kind: "block", label: false }];
  let begins = true;
  for (let index = 0; index < list.length; index++) {
    const token = list[index];
    const inner = open.at(-1);
    if (begins && inner.kind === "block" && token.kind === "word" && !NO_STATEMENT.has(token.value)) {
      const end = ending(list, index);
      if (end !== undefined) yield [index, end];
    }
    if (token.kind === "word" && (token.value === "case" || token.value === "default")) inner.label = true;
    if (is(token, "{")) open.push({ kind: braceKind(list, index), label: false });
    else if (is(token, "(") || is(token, "[")) open.push({ kind: "list", of: list[index - 1]?.value });
    const closed = is(token, "}") || is(token, ")") || is(token, "]") ? open.pop() : undefined;
    const label = is(token, ":") && inner.label;
    if (label) inner.label = false;
    begins =
      is(token, ";") ||
      is(token, "{") ||
      is(token, "}") ||
      is(token, "else") ||
      label ||
      (is(token, ")") && /^(?:if|for|while)$/.test(closed?.of ?? ""));
  }
}

function ending(list, from) {
  for (let index = from; index < list.length; index++) {
    const token = list[index];
    if (is(token, ";")) return index;
    if (is(token, "(") || is(token, "[") || is(token, "{")) index = closing(list, index);
    else if (is(token, "}")) return undefined;
  }
  return undefined;
}

/** Whether a brace opens a block, the body of a class, or an object. */
function braceKind(list, index) {
  const before = list[index - 1];
  if (before === undefined || /^(?:\)|=>|;|\{|\}|else|try|finally|do)$/.test(before.value)) return "block";
  if (is(before, ":")) return "object";
  for (let back = index - 1; back >= 0 && !/^[;{}()=]$/.test(list[back].value); back--)
    if (is(list[back], "class")) return "class";
  return "object";
}
