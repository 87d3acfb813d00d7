import { OriginPolicy } from "tideway/protocol";
import { latin1 } from "./pieces.js";
import { expect, expectDocumented } from "./verdict.js";

const SITES = [
  { secure: true, host: { host: "app.example", port: undefined } },
  { secure: false, host: { host: "[::1]", port: 8080 } },
] as const;
const SAME = new OriginPolicy();
const ANY = new OriginPolicy("any", { requireOrigin: true });
const LIST = new OriginPolicy(["https://app.example", "https://*.partner.example", "http://localhost:3000"]);

/**
 * The Origin header. What is let in must be, for the parser that browsers share (`URL`), an origin that was meant: the reader of a
 * security check and the reader of the address must never see two hosts.
 */
export function fuzz(data: Uint8Array): void {
  const header = latin1(data.subarray(1));
  const site = SITES[(data[0] ?? 0) & 1]!;
  for (const policy of [SAME, ANY, LIST]) {
    const code = policy.check(header, site);
    if (code !== undefined) expectDocumented(code);
  }
  expect(ANY.check(header, site) === undefined, '"any" refused an origin');
  if (SAME.check(header, site) === undefined) {
    const wanted = site.secure ? "https://app.example" : "http://[::1]:8080";
    expect(originOf(header) === wanted, `let in as the same origin: ${JSON.stringify(header)}`);
  }
  if (LIST.check(header, site) === undefined) {
    const seen = originOf(header);
    const listed = seen === "https://app.example" || seen === "http://localhost:3000";
    expect(
      listed || /^https:\/\/[^/:@]+\.partner\.example$/.test(seen),
      `let in by the list: ${JSON.stringify(header)}`,
    );
  }
}

function originOf(header: string): string {
  try {
    return new URL(header).origin;
  } catch {
    return "no URL";
  }
}
