import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Case } from "../dist/case.js";
import { allCases } from "../dist/cases/all.js";
import { REQUEST_RULES } from "../dist/request-rule.js";

const cases = allCases();
const levels: readonly string[] = ["MUST", "SHOULD", "MAY"];

function forRole(role: "server" | "client"): readonly Case[] {
  return cases.filter(({ roles }) => roles.includes(role));
}

test("there are 600 cases or more for each role", () => {
  for (const role of ["server", "client"] as const)
    assert.ok(forRole(role).length >= 600, `${forRole(role).length} for ${role}`);
});

test("every id is there once, and begins with its section", () => {
  const seen = new Set<string>();
  for (const { id } of cases) {
    assert.ok(!seen.has(id), `${id} is there twice`);
    seen.add(id);
    assert.match(id, /^(?:7692-)?\d+(?:\.\d+)*\/[a-z0-9.+-]+$/i, id);
  }
});

test("every case has section, level, title, quote and a role", () => {
  for (const { id, section, level, title, quote, roles } of cases) {
    assert.match(section, /^RFC \d+ §\d+(?:\.\d+)*$/, id);
    assert.ok(levels.includes(level), id);
    assert.ok(title.length > 10 && quote.length > 5, id);
    assert.ok(roles.length > 0, id);
  }
});

test("every frame case has variants with steps, named where there are several", () => {
  for (const each of cases) {
    if (each.kind !== "frames") continue;
    assert.ok(each.variants.length > 0, each.id);
    const names = each.variants.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, `${each.id}: ${names.join(", ")}`);
    for (const { steps } of each.variants) assert.ok(steps.length > 0, each.id);
  }
});

test("every other outcome that is allowed has a reason and is no pass in disguise", () => {
  for (const each of cases) {
    const allowed = each.kind === "frames" ? each.variants.flatMap(({ allow = [] }) => allow) : [];
    for (const { outcome, reason } of allowed) assert.ok(outcome === "pass" || reason.length > 5, each.id);
  }
});

test("every rule for requests that a case names exists, and every rule has a case", () => {
  const named = cases.flatMap((each) => (each.kind === "response" ? (each.expect.request ?? []) : []));
  assert.deepEqual([...named].sort(), Object.keys(REQUEST_RULES).sort());
});

test("cases of both roles are frames; requests are for servers and responses for clients", () => {
  for (const { kind, roles, id } of cases) {
    if (kind === "request") assert.deepEqual(roles, ["server"], id);
    if (kind === "response") assert.deepEqual(roles, ["client"], id);
  }
});

/** The sentences of docs/rfc-map by their section, "RFC 6455 §5.1": without marks, in small letters, cut where something is left out. */
const sentences = new Map<string, string[]>();
const folder = new URL("../../docs/rfc-map/", import.meta.url);
for (const name of readdirSync(folder)) {
  const { rfc, demands } = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as {
    readonly rfc: number;
    readonly demands: readonly { readonly id: string; readonly quote: string }[];
  };
  for (const { id, quote } of demands) {
    const section = `RFC ${rfc} §${id.split("-")[1]}`;
    sentences.set(section, [...(sentences.get(section) ?? []), ...parts(quote)]);
  }
}

function parts(quote: string): string[] {
  const bare = quote.replaceAll(/[_|"]/g, "").replaceAll(/\s+/g, " ").toLowerCase();
  return bare.split(/\[[^\]]*\]|…/).map((part) => part.trim().replace(/[.,:]$/, ""));
}

test("a quotation with a key word stands in the section it names, as docs/rfc-map has it", () => {
  for (const { id, section, quote } of cases) {
    const known = sentences.get(section);
    if (!/^RFC (?:6455|7692) /.test(section) || !/\b(?:MUST|SHOULD|MAY)\b/.test(quote)) continue;
    for (const part of parts(quote)) {
      if (known?.some((sentence) => sentence.includes(part))) continue;
      const rest = (known ?? []).reduce((text, sentence) => text.replaceAll(sentence, ""), part);
      assert.ok(!/\b(?:must|should|may)\b/.test(rest), `${id}: ${section} does not say "${part}"`);
    }
  }
});
