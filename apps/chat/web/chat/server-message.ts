import type { ChatMessage, ServerMessage } from "../../shared/message.js";

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const string: Check = (value) => typeof value === "string";
const boolean: Check = (value) => typeof value === "boolean";
const integer: Check = (value) => Number.isSafeInteger(value);
// A date beyond this makes Intl throw.
const time: Check = (value) => typeof value === "number" && Math.abs(value) <= 8.64e15;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

const message: Check = shape({
  seq: integer,
  from: string,
  author: string,
  text: string,
  at: time,
  to: optional(string),
} satisfies Record<keyof ChatMessage, Check>);

const shapes: ReadonlyMap<string, Check> = new Map([
  [
    "welcome",
    shape({
      room: string,
      name: string,
      author: string,
      members: list(string),
      messages: list(message),
      more: boolean,
      gap: boolean,
    }),
  ],
  ["refused", shape({ code: string })],
  ["ack", shape({ id: integer, seq: integer, at: time })],
  ["nak", shape({ id: integer, code: string, retryAfterMs: optional(time) })],
  ["message", shape({ message })],
  ["joined", shape({ name: string, at: time })],
  ["left", shape({ name: string, at: time })],
  ["typing", shape({ name: string, on: boolean })],
  ["history", shape({ messages: list(message), more: boolean })],
]);

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

/**
 * Reads what the server says. Undefined for anything that is not of the protocol: an older page against a newer server must
 * go on with what it understands.
 */
export function parseServerMessage(data: string): ServerMessage | undefined {
  try {
    const value: unknown = JSON.parse(data);
    if (!isObject(value) || typeof value["t"] !== "string") return undefined;
    return shapes.get(value["t"])?.(value) === true ? (value as unknown as ServerMessage) : undefined;
  } catch {
    return undefined;
  }
}
