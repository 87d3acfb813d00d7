import { browserClock, browserFreshClient, socketUrl } from "../chat/browser.js";
import { applyText, byId, setText } from "../dom.js";
import { pickLanguage, pickLocale, texts } from "../text.js";
import { EchoSession, type OpenEchoSocket } from "./echo-session.js";
import { mayClose } from "./frame.js";
import { EchoView } from "./view/echo-view.js";
import type { FrameWords } from "./view/frame-view.js";

/** The sizes on both sides of each way to write a length. */
const SIZES: readonly number[] = [0, 1, 125, 126, 1000, 65_535, 65_536];

const openSocket: OpenEchoSocket = (path, events) => {
  const socket = new WebSocket(socketUrl(path));
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.open();
  socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
    events.message(typeof event.data === "string" ? event.data : new Uint8Array(event.data));
  };
  socket.onclose = (event) => events.close(event.code, event.reason);
  return socket;
};

function wireForms(session: EchoSession, words: FrameWords): void {
  const { text } = words;
  const field = byId("text-field", HTMLTextAreaElement);
  field.value = text.textSample;
  const sendText = (): void => session.send(field.value);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    sendText();
  });
  onSubmit("text-form", sendText);

  const size = byId("size-field", HTMLSelectElement);
  for (const count of SIZES) {
    const option = document.createElement("option");
    option.value = String(count);
    option.textContent = text.bytesUnit(words.number(count));
    option.selected = count === 126;
    size.append(option);
  }
  onSubmit("binary-form", () => session.send(crypto.getRandomValues(new Uint8Array(Number(size.value)))));

  const error = byId("close-error", HTMLElement);
  onSubmit("close-form", () => {
    const code = Number(byId("code-field", HTMLInputElement).value);
    const reason = byId("reason-field", HTMLInputElement).value;
    const allowed = mayClose(code, reason);
    setText(error, allowed ? "" : text.closeInvalid);
    if (allowed) session.close(code, reason);
  });
  byId("connect", HTMLButtonElement).addEventListener("click", () => session.connect());
}

function onSubmit(id: string, act: () => void): void {
  byId(id, HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

function begin(): void {
  const language = pickLanguage(navigator.languages);
  const locale = pickLocale(navigator.languages, language);
  const text = texts[language];
  document.documentElement.lang = language;
  document.title = text.echoTitle;
  applyText(text);
  const number = new Intl.NumberFormat(locale);
  const tenth = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const hundredth = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const words: FrameWords = {
    text,
    number: (value) => number.format(value),
    milliseconds: (value) => (value < 999.95 ? `${tenth.format(value)} ms` : `${hundredth.format(value / 1000)} s`),
  };
  let planned = false;
  const session = new EchoSession({
    open: openSocket,
    clock: browserClock,
    freshId: browserFreshClient,
    changed: () => {
      if (planned) return;
      planned = true;
      requestAnimationFrame(() => {
        planned = false;
        view.render();
      });
    },
  });
  const view = new EchoView(session, words);
  wireForms(session, words);
  session.connect();
}

begin();
