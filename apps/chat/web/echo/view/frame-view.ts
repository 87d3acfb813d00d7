import { fillText, make } from "../../dom.js";
import type { Text } from "../../text.js";
import { type Frame, Opcode, opcodeName, readClose } from "../frame.js";
import type { FrameEntry } from "../frame-log.js";
import { type HeaderField, headerFields } from "../header-field.js";
import { dump, hexOfByte, mask } from "../hex.js";

/** How many characters of a payload the line shows. */
const PREVIEW = 120;

/** What a frame's line needs besides the frame. */
export interface FrameWords {
  readonly text: Text;
  number(value: number): string;
  milliseconds(value: number): string;
}

/** Draws one frame as a line that opens into its bits and bytes. The inside is made only when it is opened. */
export function drawFrame(entry: FrameEntry, since: number, words: FrameWords): HTMLElement {
  const { frame } = entry;
  const details = make("details");
  const time = make("span", "time", `+${words.milliseconds(Math.max(0, frame.at - since))}`);
  const rtt = make("span", "rtt");
  details.append(
    make(
      "summary",
      "",
      make("span", "number", String(entry.number)),
      arrow(frame, words),
      make("span", `opcode op${frame.opcode}`, opcodeName(frame.opcode)),
      flags(frame, words),
      make("span", "length", words.text.bytesUnit(words.number(frame.length))),
      preview(frame, words),
      rtt,
      time,
    ),
  );
  let drawn = false;
  details.addEventListener("toggle", () => {
    if (!details.open || drawn) return;
    drawn = true;
    details.append(drawInside(frame, words));
  });
  const item = make("li", `frame ${frame.direction}`, details);
  item.dataset["testid"] = "frame";
  item.dataset["opcode"] = String(frame.opcode);
  item.dataset["direction"] = frame.direction;
  showRtt(item, entry, words);
  return item;
}

/** Puts the round-trip time on a line that may have been drawn before it was known. */
export function showRtt(item: HTMLElement, entry: FrameEntry, words: FrameWords): void {
  const rtt = item.querySelector(".rtt");
  if (rtt === null || entry.rtt === undefined || rtt.textContent !== "") return;
  rtt.textContent = `↻ ${words.milliseconds(entry.rtt)}`;
  rtt.setAttribute("title", words.text.rtt);
}

function arrow(frame: Frame, { text }: FrameWords): HTMLElement {
  const up = frame.direction === "up";
  const label = up ? text.fromPage : text.fromServer;
  const mark = make("span", "arrow", make("span", "vh", label));
  const sign = make("span", "", up ? "↑" : "↓");
  sign.setAttribute("aria-hidden", "true");
  mark.append(sign);
  mark.title = label;
  return mark;
}

function flags(frame: Frame, { text }: FrameWords): HTMLElement {
  const list = [frame.fin ? "FIN" : "", ...frame.rsv.map((set, i) => (set ? `RSV${i + 1}` : ""))];
  list.push(frame.masked ? "MASK" : "");
  const element = make("span", "flags", list.filter((flag) => flag !== "").join(" "));
  element.title = [frame.fin ? text.fin : text.notFin, frame.masked ? text.masked : text.unmasked].join(", ");
  return element;
}

function preview(frame: Frame, words: FrameWords): HTMLElement {
  return make("bdi", "preview", previewText(frame, words).slice(0, PREVIEW));
}

function previewText(frame: Frame, { text }: FrameWords): string {
  if (frame.length === 0) return "";
  if (frame.opcode === Opcode.Close) {
    const { code, reason } = readClose(frame.payload);
    return `${code ?? ""} ${reason}`.trim();
  }
  if (frame.rsv[0]) return text.payloadCompressed;
  if (frame.opcode === Opcode.Binary) return [...frame.payload.subarray(0, 24)].map(hexOfByte).join(" ");
  return new TextDecoder().decode(frame.payload);
}

function drawInside(frame: Frame, words: FrameWords): HTMLElement {
  const { text } = words;
  const inside = make("div", "inside");
  inside.append(heading(text.header), drawHeader(frame, words));
  inside.append(heading(text.payload));
  if (frame.length === 0) inside.append(make("p", "muted", text.payloadEmpty));
  else inside.append(...drawPayload(frame, words));
  return inside;
}

function heading(text: string): HTMLElement {
  return make("h3", "", text);
}

/** The first two bytes bit by bit, as the RFC draws them, and beside them what follows in whole bytes. */
function drawHeader(frame: Frame, words: FrameWords): HTMLElement {
  const fields = headerFields(frame);
  const bits = make("div", "bits");
  for (const [byte, part] of [fields.slice(0, 5), fields.slice(5, 7)].entries()) {
    const group = make("div", "byte", ...part.map(bitCell));
    group.append(make("span", "byte-hex", `0x${hexOfByte(frame.header[byte])}`));
    bits.append(group);
  }
  const rest = fields.slice(7);
  for (const field of rest) {
    bits.append(make("div", "bytes", make("span", "cell-value", field.value), make("span", "cell-name", field.name)));
  }
  const notes = make("dl", "notes");
  for (const field of fields) {
    if (field.note === "fieldRsv" && field.name !== "RSV1") continue;
    notes.append(make("dt", "", field.note === "fieldRsv" ? "RSV1–3" : field.name), noteOf(field, words));
  }
  const hex = make("pre", "header-hex", frame.header.map(hexOfByte).join(" "));
  return make("div", "", bits, notes, hex);
}

function bitCell(field: HeaderField): HTMLElement {
  const cell = make("span", `cell w${field.bits}`);
  cell.append(make("span", "cell-value", field.value), make("span", "cell-name", field.name));
  return cell;
}

function noteOf(field: HeaderField, { text }: FrameWords): HTMLElement {
  const note = make("dd");
  if (field.figure !== undefined) note.append(make("b", "", field.figure), " – ");
  note.append(text[field.note]);
  return note;
}

function drawPayload(frame: Frame, words: FrameWords): HTMLElement[] {
  const { text } = words;
  const parts: HTMLElement[] = [];
  if (frame.opcode === Opcode.Close) {
    const { code, reason } = readClose(frame.payload);
    const line = fillText(text.closeFrameCode, new Map([["code", String(code ?? "")]]));
    parts.push(make("p", "", line, reason === "" ? "" : ": ", make("bdi", "", reason)));
  } else if (frame.rsv[0]) parts.push(make("p", "muted", text.payloadCompressed));
  else if (frame.opcode !== Opcode.Binary) {
    parts.push(subheading(text.payloadText), make("pre", "as-text", new TextDecoder().decode(frame.payload)));
  }
  if (frame.key !== undefined) {
    parts.push(
      subheading(text.payloadWire),
      drawDump(mask(frame.payload, frame.key)),
      subheading(text.payloadUnmasked),
    );
  } else if (frame.masked) parts.push(subheading(text.payloadUnmasked));
  parts.push(drawDump(frame.payload));
  if (frame.truncated) parts.push(make("p", "muted", text.payloadCut(frame.payload.length)));
  return parts;
}

function subheading(text: string): HTMLElement {
  return make("h4", "", text);
}

function drawDump(bytes: Uint8Array): HTMLElement {
  // Eight to a line fits a phone; a wide screen shows two such columns by style.
  const lines = dump(bytes, 8).map(({ offset, hex, ascii }) =>
    make("span", "dump-line", make("span", "offset", offset), `  ${hex}  `, make("span", "ascii", ascii), "\n"),
  );
  return make("pre", "dump", ...lines);
}
