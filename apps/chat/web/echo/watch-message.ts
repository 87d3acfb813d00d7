import type { FrameReport, WatchMessage } from "../../shared/frame-report.js";

const HEX: RegExp = /^(?:[0-9a-f]{2})*$/i;

/** Reads what comes over the watching connection. Undefined for anything else. */
export function parseWatchMessage(data: string): WatchMessage | undefined {
  try {
    const value = JSON.parse(data) as unknown;
    if (typeof value !== "object" || value === null) return undefined;
    if ("watching" in value && typeof value.watching === "string") return { watching: value.watching };
    return "frame" in value && isReport(value.frame) ? { frame: value.frame } : undefined;
  } catch {
    return undefined;
  }
}

function isReport(value: unknown): value is FrameReport {
  if (typeof value !== "object" || value === null) return false;
  const report = value as Partial<Record<keyof FrameReport, unknown>>;
  const flags = [report.fin, report.rsv1, report.rsv2, report.rsv3, report.masked, report.truncated];
  const numbers = [report.opcode, report.length, report.at];
  const hex = (text: unknown): boolean => typeof text === "string" && HEX.test(text);
  return (
    (report.direction === "in" || report.direction === "out") &&
    flags.every((flag) => typeof flag === "boolean") &&
    numbers.every((number) => typeof number === "number" && number >= 0) &&
    hex(report.header) &&
    hex(report.payload) &&
    (report.key === null || (hex(report.key) && (report.key as string).length === 8))
  );
}
