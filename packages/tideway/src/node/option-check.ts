/** What an option must be: given its value, says what is wrong with it, or undefined. `undefined` itself always means the default. */
export type OptionRule = (value: unknown) => Error | undefined;

/** The options of one place by name. */
export type OptionRules = { readonly [name: string]: OptionRule };

/** A count or size: a safe integer from 1, or Infinity, the only word for "no limit". Never 0, never coerced. */
export const limit: OptionRule = numberRule(1, "a whole number from 1, or Infinity for no limit", Number.isSafeInteger);

/** A lower bound: a safe integer from 0, where 0 asks for nothing. */
export const minimum: OptionRule = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : new RangeError("must be a whole number from 0");

/** Milliseconds: more than 0, or Infinity for never. */
export const duration: OptionRule = numberRule(
  Number.MIN_VALUE,
  "milliseconds above 0, or Infinity for never",
  Number.isFinite,
);

/** Milliseconds as the core takes them: whole. */
export const wholeDuration: OptionRule = numberRule(
  1,
  "whole milliseconds from 1, or Infinity for never",
  Number.isSafeInteger,
);

/** Milliseconds from 0, with an end. */
export const span: OptionRule = (value) => {
  if (typeof value !== "number") return new TypeError("must be milliseconds from 0");
  return Number.isFinite(value) && value >= 0 ? undefined : new RangeError("must be milliseconds from 0");
};

/** Exactly true or false. */
export const flag: OptionRule = typeRule("true or false", (value) => typeof value === "boolean");

/** A string. */
export const text: OptionRule = typeRule("a string", (value) => typeof value === "string");

/** A path as it stands in a request. */
export const path: OptionRule = (value) =>
  typeof value === "string" && value.startsWith("/") ? undefined : new TypeError('must begin with "/"');

/** A function. */
export const callback: OptionRule = typeRule("a function", (value) => typeof value === "function");

/** An object, not an array. */
export const record: OptionRule = typeRule(
  "an object",
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

/** An array of strings. */
export const texts: OptionRule = typeRule(
  "an array of strings",
  (value) => Array.isArray(value) && value.every((entry) => typeof entry === "string"),
);

/** One of some words. */
export function oneOf(...words: readonly string[]): OptionRule {
  return typeRule(words.map((word) => `"${word}"`).join(" or "), (value) => words.includes(value as string));
}

/** What any of some rules takes. */
export function either(...rules: readonly OptionRule[]): OptionRule {
  return (value) => {
    const faults = rules.map((rule) => rule(value));
    if (faults.some((fault) => fault === undefined)) return undefined;
    return new TypeError(faults.map((fault) => fault!.message).join(", or "));
  };
}

/** Anything: whoever takes it checks it. */
export const checkedElsewhere: OptionRule = () => undefined;

/** A rule by type. */
export function typeRule(what: string, test: (value: unknown) => boolean): OptionRule {
  return (value) => (test(value) ? undefined : new TypeError(`must be ${what}`));
}

function numberRule(least: number, what: string, test: (value: number) => boolean): OptionRule {
  return (value) => {
    if (typeof value !== "number") return new TypeError(`must be ${what}`);
    if (value === Number.POSITIVE_INFINITY || (test(value) && value >= least)) return undefined;
    return new RangeError(`must be ${what}`);
  };
}

/**
 * Holds options against the rules of their place.
 * @param where how the place is called in messages: "WebSocketServer"
 * @param elsewhere names that others use for what is done in another way here, with that way
 * @throws TypeError for an option that does not exist (with the nearest that does) or is of the wrong type; RangeError for a number
 *   out of its range
 */
export function checkOptions(
  given: object,
  rules: OptionRules,
  where: string,
  elsewhere: { readonly [name: string]: string } = {},
): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new TypeError(`${where}: the options must be an object`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, name)) {
      const known = Object.hasOwn(elsewhere, name) ? `: ${elsewhere[name]}` : suggestion(name, Object.keys(rules));
      throw new TypeError(`${where}: there is no option "${name}"${known}`);
    }
    if (value === undefined) continue;
    const fault = rules[name]!(value);
    if (fault === undefined) continue;
    fault.message = `${where}: "${name}" ${fault.message}`;
    throw fault;
  }
}

function suggestion(name: string, known: readonly string[]): string {
  let best = "";
  let least = Math.max(2, Math.ceil(name.length / 3)) + 1;
  for (const candidate of known) {
    const away = distance(name.toLowerCase(), candidate.toLowerCase());
    if (away < least) {
      least = away;
      best = candidate;
    }
  }
  return best === "" ? "" : `, did you mean "${best}"?`;
}

/** Edits between two names (Levenshtein), row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
