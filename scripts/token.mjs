// A scanner of TypeScript just exact enough to tell code from strings, templates, comments and regular expressions: what
// the checks of this folder look for (imports, error codes) must not be found in a comment nor missed behind one.

const CODE =
  /(?<space>\s+)|(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')|(?<word>[\p{ID_Start}$_#@][\p{ID_Continue}$]*)|(?<number>\d[\w.]*)|(?<mark>[\s\S])/uy;
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|$)/y;
const REGEX = /\/(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/\w*/y;
/** Words after which a slash begins a regular expression; after any other word it divides. */
const BEFORE_REGEX = new Set(
  "return typeof case in of void delete throw new do else instanceof await yield".split(" "),
);

/**
 * Every token of `text` as `{ kind, value, at }`. Kinds: comment, string (value without quotes), template (one piece between
 * backticks and `${`, value with them), word, number, regex, mark (one character).
 */
export function* tokens(text) {
  // One entry for each open `${`: how many braces are open inside it.
  const substitutions = [];
  let previous;
  let at = 0;
  const match = (pattern, from) => {
    pattern.lastIndex = from;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const found = match(CODE, at);
    const kind = Object.keys(found.groups).find((name) => found.groups[name] !== undefined);
    let token = { kind, value: found[0], at };
    at += found[0].length;
    if (kind === "space") continue;
    if (kind === "string") token.value = token.value.slice(1, -1);
    if (kind === "mark") {
      const regex = token.value === "/" && regexMayFollow(previous) ? match(REGEX, token.at) : undefined;
      if (regex) token = { kind: "regex", value: regex[0], at: token.at };
      else if (token.value === "`" || (token.value === "}" && substitutions.at(-1) === 0)) {
        if (token.value === "}") substitutions.pop();
        token = { kind: "template", value: token.value + match(TEMPLATE, at)[0], at: token.at };
        if (token.value.endsWith("${")) substitutions.push(0);
      } else if (substitutions.length > 0 && token.value === "{") substitutions[substitutions.length - 1]++;
      else if (substitutions.length > 0 && token.value === "}") substitutions[substitutions.length - 1]--;
      at = token.at + token.value.length;
    }
    if (kind !== "comment") previous = token;
    yield token;
  }
}

function regexMayFollow(previous) {
  if (!previous) return true;
  if (previous.kind === "word") return BEFORE_REGEX.has(previous.value);
  if (previous.kind === "template") return previous.value.endsWith("${");
  return previous.kind === "mark" && previous.value !== ")" && previous.value !== "]";
}

/** The value of a string, or of a template without `${`; undefined for anything else. */
export function literal(token) {
  if (token?.kind === "string") return token.value;
  if (token?.kind === "template" && /^`[\s\S]*`$/.test(token.value)) return token.value.slice(1, -1);
  return undefined;
}

/**
 * Everything a source asks for by name, as `{ name, at, how }`: `import` and `export … from` of values and types, `import()`,
 * `require()`, `getBuiltinModule()`; `how` is "url" for `new URL("…", import.meta.url)`, as a worker is started with.
 * `name` is undefined where it is computed. `how` is "reference" for a `/// <reference …>`.
 */
export function imports(text) {
  const all = [...tokens(text)];
  const found = all
    .filter((token) => token.kind === "comment" && /^\/\/\/\s*<(?:reference|amd)/.test(token.value))
    .map((token) => ({ name: token.value, at: token.at, how: "reference" }));
  const list = all.filter((token) => token.kind !== "comment");
  const is = (index, ...values) => values.includes(list[index]?.value) && list[index].kind !== "string";

  for (const [index, token] of list.entries()) {
    if (token.kind !== "word") continue;
    const member = is(index - 1, ".") && !is(index - 2, ".");
    const call = is(index + 1, "(");
    const argument = list[index + 2];
    if (call && (token.value === "getBuiltinModule" || (!member && /^(?:import|require)$/.test(token.value)))) {
      found.push({ name: literal(argument), at: token.at, how: "call" });
    } else if (call && token.value === "URL" && is(index + 4, "import") && is(index + 6, "meta")) {
      if (literal(argument) !== undefined) found.push({ name: literal(argument), at: token.at, how: "url" });
    } else if (!member && /^(?:import|export)$/.test(token.value)) {
      const from = source(index);
      if (from !== undefined) found.push({ name: from, at: token.at, how: "from" });
    }
  }
  return found;

  /** The name that ends the import or export statement at `index`; undefined when it is another kind of statement. */
  function source(index) {
    let next = index + 1;
    if (is(index, "import") && list[next]?.kind === "string") return list[next].value;
    if (is(index, "export") && is(next, "type")) next++;
    if (is(index, "export") && !is(next, "*", "{")) return undefined;
    for (let braces = 0; next < list.length; next++) {
      if (is(next, "{")) braces++;
      else if (is(next, "}")) braces--;
      else if (braces === 0 && is(next, "from") && list[next + 1]?.kind === "string") return list[next + 1].value;
      else if (braces === 0 && list[next].kind !== "word" && !is(next, ",", "*")) return undefined;
      if (braces === 0 && is(next, "}") && !is(next + 1, "from")) return undefined;
    }
    return undefined;
  }
}

/** The line, from 1, of position `at`. */
export function lineOf(text, at) {
  return text.slice(0, at).split("\n").length;
}
