import { checkUpgradeRequest, HeaderList, OriginPolicy, type UpgradeResult } from "tideway/protocol";
import { expectDocumented } from "./verdict.js";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const LIMITS = { maxHeadBytes: 65_536, maxHeaderLines: 8192, maxTargetBytes: 128 };
const ANY = new OriginPolicy("any");

/** The lines of an input, which stand for the lines of one header. */
export function linesOf(text: string): readonly string[] {
  return text.split("\n");
}

/** What a server makes of a request that is right but for one header; undefined when it refuses, with a documented code. */
export function offer(name: string, values: readonly string[]): (UpgradeResult & { readonly ok: true }) | undefined {
  const raw = ["Host", "a.example", "Upgrade", "websocket", "Connection", "Upgrade"];
  raw.push("Sec-WebSocket-Key", KEY, "Sec-WebSocket-Version", "13");
  for (const value of values) raw.push(name, value);
  const head = { method: "GET", target: "/", version: "1.1", headers: HeaderList.fromRaw(raw) };
  const result = checkUpgradeRequest(head, { origins: ANY, secure: false, limits: LIMITS });
  if (result.ok) return result;
  expectDocumented(result.refusal.code);
  return undefined;
}
