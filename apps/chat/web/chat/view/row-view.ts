import type { ChatMessage } from "../../../shared/message.js";
import { fill, isolated, make } from "../../dom.js";
import { tokenize } from "../link.js";
import { nameColor } from "../name-color.js";
import type { Row } from "../timeline.js";
import type { Words } from "./words.js";

/** What decides how a row looks: as long as it is the same, the node is kept. */
export function rowVersion(row: Row, words: Words, own: boolean): string {
  switch (row.kind) {
    case "message":
      return `${row.continued}${own}`;
    case "notice":
      return row.version;
    case "day":
      return words.day(row.at);
    default:
      return row.kind;
  }
}

/** Draws one row of the log. */
export function drawRow(row: Row, words: Words, own: boolean): HTMLElement {
  switch (row.kind) {
    case "message":
      return drawMessage(row.message, row.continued, own, words);
    case "notice":
      return drawNotice(row, words);
    case "day":
      return drawDay(row.at, words);
    case "unread":
      return make("p", "mark unread", make("span", "", words.text.unreadMark));
    case "gap":
      return drawGap(words);
  }
}

/** Stays in sight at the top of the log until it is dismissed: what is missing must not be overlooked. */
function drawGap(words: Words): HTMLElement {
  const button = make("button", "plain small", words.text.gapSeen);
  button.type = "button";
  button.dataset["action"] = "dismiss-gap";
  const mark = make("div", "mark gap", make("p", "", words.text.gapMark), button);
  mark.dataset["testid"] = "gap";
  return mark;
}

function drawDay(at: number, words: Words): HTMLElement {
  const time = make("time", "", words.day(at));
  time.dateTime = new Date(at).toISOString().slice(0, 10);
  const mark = make("p", "mark day", time);
  mark.dataset["testid"] = "day";
  return mark;
}

function drawMessage(message: ChatMessage, continued: boolean, own: boolean, words: Words): HTMLElement {
  const { text } = words;
  const isPrivate = message.to !== undefined;
  const who = own ? make("span", "vh", text.youSaid) : isolated(message.from, `name ${nameColor(message.from)}`);
  const head = make("p", continued && !own ? "head vh" : "head", who);
  const body = make("p", "text", ...linked(message.text));
  body.dir = "auto";
  const bubble = make("div", "bubble");
  if (isPrivate) bubble.append(privateLabel(message, own, words));
  bubble.append(body, timeOf(message.at, words));
  const article = make("article", classes("message", own && "own", continued && "continued", isPrivate && "private"));
  article.dataset["testid"] = "message";
  article.dataset["own"] = String(own);
  article.dataset["seq"] = String(message.seq);
  article.append(head, bubble);
  return article;
}

function privateLabel(message: ChatMessage, own: boolean, words: Words): HTMLElement {
  const label = make("p", "private-label");
  if (own) label.append(fill(words.text.privateTo, new Map([["name", isolated(message.to ?? "")]])));
  else label.append(words.text.privateFrom);
  return label;
}

function timeOf(at: number, words: Words): HTMLElement {
  const time = make("time", "", words.time(at));
  time.dateTime = new Date(at).toISOString();
  time.title = words.moment(at);
  return time;
}

/** The text of a message as text nodes and safe links. */
export function linked(text: string): (Node | string)[] {
  return tokenize(text).map((token) => {
    if (token.kind === "text") return token.text;
    const link = make("a", "", token.text);
    link.href = token.href;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    return link;
  });
}

function drawNotice(row: Extract<Row, { kind: "notice" }>, words: Words): HTMLElement {
  const { text } = words;
  const notice = make("p", "notice");
  // Seen by whoever looks; read aloud it would drown what people say.
  notice.setAttribute("aria-live", "off");
  notice.dataset["testid"] = "notice";
  const joined = phrase(row.joined, text.joinedOne, text.joinedTwo, text.joinedMany);
  const left = phrase(row.left, text.leftOne, text.leftTwo, text.leftMany);
  if (joined !== undefined) notice.append(joined);
  if (joined !== undefined && left !== undefined) notice.append(" · ");
  if (left !== undefined) notice.append(left);
  notice.hidden = joined === undefined && left === undefined;
  return notice;
}

function phrase(
  names: readonly string[],
  one: string,
  two: string,
  many: (n: number) => string,
): DocumentFragment | string | undefined {
  const [a, b] = names;
  if (a === undefined) return undefined;
  if (names.length > 2) return many(names.length);
  const slots = new Map([["a", isolated(a)]]);
  if (b !== undefined) slots.set("b", isolated(b));
  return fill(b === undefined ? one : two, slots);
}

/** Joins the class names that hold. */
export function classes(...names: readonly (string | false)[]): string {
  return names.filter((name) => name !== false).join(" ");
}
