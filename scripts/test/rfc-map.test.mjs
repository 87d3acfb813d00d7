import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkDemands, readLists, render } from "../rfc-map.mjs";
import { tree } from "./tree.mjs";

const CASES = [
  { id: "5.1/mask-bit", section: "RFC 6455 §5.1", level: "MUST" },
  { id: "5.2/other", section: "RFC 9110 §5.1", level: "MAY" },
];

/** A repository in which everything is right, but for what `change` does to it. */
function problems(context, change = () => {}) {
  const list = {
    rfc: 6455,
    title: "The WebSocket Protocol",
    sections: [
      { section: "3", title: "URIs", keywords: {} },
      { section: "5.1", title: "Overview", keywords: { MUST: 1, "MUST NOT": 1, MAY: 1 } },
    ],
    demands: [
      {
        id: "6455-5.1-1",
        quote: "a client MUST mask all frames, a server MUST NOT",
        how: "strict",
        note: "1002",
        files: ["mask.ts"],
        tests: ["mask.test.ts: masks a frame"],
        cases: ["5.1/*"],
      },
      { id: "6455-5.1-2", quote: "In this case, it MAY use 1002", how: "not ours", note: "as 6455-5.1-1" },
    ],
  };
  const files = {
    "packages/tideway/src/mask.ts":
      '/** RFC 6455 §5.1: "a client MUST mask … frames". RFC 9110 §99, and §98 of the same. */\nexport const mask = 1;\n',
    "packages/tideway/test/mask.test.ts": 'test("masks a frame", () => {}); // 6455-5.1-2\n',
    "conformance/src/case.ts": "// §3\n",
    "conformance/test/case.test.ts": "",
    "fuzz/targets/mask.ts": "",
  };
  const cases = CASES.map((each) => ({ ...each }));
  change({ list, demands: list.demands, sections: list.sections, files, cases });
  const lists = { "docs/rfc-map/rfc6455.json": JSON.stringify(list), ...files };
  const page = `# Map\n<!-- written by scripts/rfc-map.mjs from here -->\n${render([list])}<!-- to here -->\n`;
  return checkDemands(tree(context, { "docs/rfc-map.md": page, ...lists }), cases);
}

describe("rfc-map", () => {
  it("finds nothing where all is right", (context) => assert.deepEqual(problems(context), []));

  for (const [name, change, ...expected] of [
    [
      "a key word that no demand has",
      ({ sections }) => {
        sections[0].keywords.SHOULD = 1;
      },
      "RFC 6455 §3 has 1 times SHOULD, its demands 0 times",
    ],
    [
      "a demand too many",
      ({ demands }) => demands.push({ ...demands[1], id: "6455-5.1-3" }),
      "RFC 6455 §5.1 has 1 times MAY, its demands 2 times",
    ],
    [
      "MUST NOT taken for MUST",
      ({ demands }) => {
        demands[0].quote = "a client MUST mask all frames, a server MUST not";
      },
      "RFC 6455 §5.1 has 1 times MUST, its demands 2 times",
      "RFC 6455 §5.1 has 1 times MUST NOT, its demands 0 times",
    ],
    [
      "a number out of order, and an id that is gone",
      ({ demands }) => {
        demands[1].id = "6455-5.1-4";
      },
      "6455-5.1-4 should be 6455-5.1-2",
      "packages/tideway/test/mask.test.ts: there is no demand 6455-5.1-2",
    ],
    [
      "a way that is none",
      ({ demands }) => {
        demands[1].how = "somehow";
      },
      '6455-5.1-2: "somehow" is no way to keep a demand',
    ],
    [
      "no reason",
      ({ demands }) => {
        demands[1].note = undefined;
      },
      "6455-5.1-2: not ours needs a note",
    ],
    [
      "no proof and no file",
      ({ demands }) => {
        demands[0].tests = [];
        demands[0].cases = undefined;
        demands[0].files = [];
      },
      "6455-5.1-1 names no file",
      "6455-5.1-1 names no test and no case",
      "no demand names 5.1/mask-bit",
      "packages/tideway/src/mask.ts claims to obey a section, and no demand names it",
    ],
    [
      "files that are gone",
      ({ demands }) => {
        demands[0].files.push("gone.ts");
        demands[0].tests.push("gone.test.ts: masks");
      },
      "6455-5.1-1: packages/tideway/src/gone.ts does not exist",
      "6455-5.1-1: gone.test.ts does not exist",
    ],
    [
      "a test that is gone, one that is a comment, and none in particular",
      ({ demands }) => demands[0].tests.push("mask.test.ts: unmasks", "mask.test.ts: 6455-5.1-2", "mask.test.ts"),
      '6455-5.1-1: packages/tideway/test/mask.test.ts has no test "unmasks"',
      '6455-5.1-1: packages/tideway/test/mask.test.ts has no test "6455-5.1-2"',
      "6455-5.1-1: packages/tideway/test/mask.test.ts: which of its tests?",
    ],
    [
      "a pattern that names no case",
      ({ demands }) => demands[0].cases.push("5.3/*"),
      "6455-5.1-1: no case is named 5.3/*",
    ],
    [
      "a case that no demand names, and one of no section",
      ({ cases }) =>
        cases.push(
          { id: "3/uri", section: "RFC 6455 §3", level: "MUST" },
          { id: "5.1/x", section: "RFC 6455 §5.9", level: "MAY" },
        ),
      "no demand names 3/uri",
      "5.1/x: there is no RFC 6455 §5.9",
    ],
    [
      "sections that the standards do not have",
      ({ files }) => {
        files["fuzz/targets/mask.ts"] = "// §5.7\n// RFC 6455 §5.8, RFC 6455 §3\n";
      },
      "fuzz/targets/mask.ts:1: has no §5.7",
      "fuzz/targets/mask.ts:2: RFC 6455 has no §5.8",
    ],
    [
      "a sentence that the section does not have",
      ({ files }) => {
        files["fuzz/targets/mask.ts"] = '\n/** §5.1: "a client MUST NOT mask",\n * §3: "a client may mask" */\n';
      },
      'fuzz/targets/mask.ts:2: §5.1 has no demand "a client MUST NOT mask"',
    ],
    [
      "a source that claims what nobody gave it",
      ({ files }) => {
        files["packages/tideway/src/other.ts"] = "// RFC 6455 §3\n";
      },
      "packages/tideway/src/other.ts claims to obey a section, and no demand names it",
    ],
    [
      "a page that was changed by hand",
      ({ list, files }) => {
        files["docs/rfc-map.md"] =
          `<!-- written by scripts/rfc-map.mjs from here -->\n${render([list])}x\n<!-- to here -->\n`;
      },
      "rfc-map.md is not what the lists say: node scripts/rfc-map.mjs",
    ],
    [
      "a page without its marks",
      ({ files }) => {
        files["docs/rfc-map.md"] = "";
      },
      "rfc-map.md is not what the lists say: node scripts/rfc-map.mjs",
    ],
  ]) {
    it(`finds ${name}`, (context) => assert.deepEqual(problems(context, change), expected));
  }

  it("is not content with nothing", (context) => {
    assert.deepEqual(checkDemands(tree(context, {})), ["docs/rfc-map/ has no lists"]);
    const root = tree(context, { "docs/rfc-map/rfc6455.json": "{}" });
    assert.deepEqual(checkDemands(root), ["there are no conformance cases: build first"]);
  });

  it("the lists have both standards, whole", () => {
    const lists = readLists(new URL("../..", import.meta.url).pathname);
    const total = (list, word) => list.sections.reduce((sum, { keywords }) => sum + (keywords[word] ?? 0), 0);
    assert.deepEqual(
      lists.map((list) => [list.rfc, total(list, "MUST"), total(list, "MUST NOT"), total(list, "SHOULD")]),
      [
        [6455, 112, 25, 23],
        [7692, 31, 9, 0],
      ],
    );
  });
});
