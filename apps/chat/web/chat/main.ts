import { applyText, byId } from "../dom.js";
import { pickLanguage, pickLocale, texts } from "../text.js";
import { browserChannel, browserClock, browserFreshClient, browserStore, openBrowserSocket } from "./browser.js";
import { roomOfPath } from "./command.js";
import { Outbox } from "./outbox.js";
import { Session } from "./session.js";
import { isHeldElsewhere } from "./tab.js";
import { BannerView } from "./view/banner-view.js";
import { ComposerView } from "./view/composer-view.js";
import { JoinView } from "./view/join-view.js";
import { LogView } from "./view/log-view.js";
import { PeopleView } from "./view/people-view.js";
import { QueueView } from "./view/queue-view.js";
import { RoomsView } from "./view/rooms-view.js";
import { TypingView } from "./view/typing-view.js";
import { makeWords } from "./view/words.js";

const NAME_KEY = "tideway.name";

/** Draws at most once per frame; a hidden page has no frames, so it draws by timer. */
function coalesce(draw: () => void): () => void {
  let planned = false;
  const run = (): void => {
    if (!planned) return;
    planned = false;
    draw();
  };
  return () => {
    if (planned) return;
    planned = true;
    requestAnimationFrame(run);
    if (document.hidden) setTimeout(run, 200);
  };
}

/** Draws again when the day changes: "Today" becomes "Yesterday". */
function atMidnight(run: () => void): void {
  const now = new Date();
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 0, 0, 1);
  setTimeout(() => {
    run();
    atMidnight(run);
  }, midnight.getTime() - now.getTime());
}

/** The number of unread messages, in the title while the page is hidden. */
function titleOf(session: Session, title: string): string {
  const { unread } = session.timeline;
  const count = document.hidden && unread > 0 ? `(${unread}) ` : "";
  return `${count}#${session.room} – ${title}`;
}

function watchBrowser(session: Session, log: LogView, redraw: () => void): void {
  addEventListener("online", () => session.probe());
  addEventListener("offline", () => session.probe());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) session.probe();
    log.looked();
    redraw();
  });
  // A page kept in the browser's back-forward cache comes back with a dead socket.
  addEventListener("pageshow", (event) => {
    if (event.persisted && !session.naming) session.connection.start();
  });
}

async function begin(): Promise<void> {
  const language = pickLanguage(navigator.languages);
  const text = texts[language];
  document.documentElement.lang = language;
  applyText(text);
  const words = makeWords(text, language, pickLocale(navigator.languages, language), () => Date.now());

  const outbox = new Outbox(browserStore("sessionStorage"), browserFreshClient);
  const channel = browserChannel();
  const asked = channel && isHeldElsewhere(() => outbox.client, channel, browserClock, Math.random());
  if (outbox.restored && (await asked) === true) outbox.abandonToOriginal(browserFreshClient());

  const names = browserStore("localStorage");
  let redraw = (): void => {};
  const session = new Session({
    room: roomOfPath(location.pathname),
    outbox,
    clock: browserClock,
    random: Math.random,
    open: openBrowserSocket("/ws"),
    freshClient: browserFreshClient,
    changed: () => redraw(),
  });
  const enter = (name: string): void => {
    try {
      names.setItem(NAME_KEY, name);
    } catch {
      // Only a convenience for the next visit.
    }
    session.enter(name);
  };

  const room = byId("room", HTMLElement);
  const log = new LogView(session, words, () => redraw());
  const composer = new ComposerView(session, words, () => log.toEnd());
  const views = [
    log,
    new BannerView(session, words, browserClock.now),
    new JoinView(session, words, enter, names.getItem(NAME_KEY) ?? ""),
    new PeopleView(session, words, (name) => composer.whisperTo(name)),
    new QueueView(session, words, (lost) => composer.restore(lost)),
    new RoomsView(session, words),
    new TypingView(session, words, browserClock.now),
  ];
  redraw = coalesce(() => {
    const entering = room.hidden && !session.naming;
    room.hidden = session.naming;
    for (const view of views) view.render();
    // Not on a phone: the keyboard would cover what one came to read.
    if (entering && matchMedia("(pointer: fine)").matches) composer.focus();
    document.title = titleOf(session, text.chatTitle);
  });
  watchBrowser(session, log, redraw);
  atMidnight(redraw);

  const name = names.getItem(NAME_KEY);
  if (name !== null && name !== "") session.enter(name);
  redraw();
}

void begin();
