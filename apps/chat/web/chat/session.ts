import type { ChatMessage, ClientMessage, NakCode, RefusedCode, ServerMessage } from "../../shared/message.js";
import { Backoff, RESEND } from "./backoff.js";
import type { Clock } from "./clock.js";
import { Connection, type OpenSocket } from "./connection.js";
import type { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { parseServerMessage } from "./server-message.js";
import { Timeline } from "./timeline.js";

/** What a session needs from outside. */
export interface SessionOptions {
  readonly room: string;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: () => number;
  readonly open: OpenSocket;
  /** A new secret for this tab. */
  readonly freshClient: () => string;
  /** Something that is shown may have changed. */
  readonly changed: () => void;
}

/** No answer to a message or a page of history for this long: the connection only looks alive. */
const ANSWER_MS = 10_000;
/** After waking up or a change of network, the answer to a probe must come sooner. */
const PROBE_MS = 5000;
/** When to try again what is for somebody who is not back yet. */
const ABSENT_MS = 1000;
/** Nothing heard for this long: ask, because a browser's page cannot ping. */
const SILENCE_MS = 45_000;

/**
 * One visitor in one room: joins, catches up, sends the queue in order, one message at a time, and keeps the model that the
 * views draw. No DOM in here.
 */
export class Session {
  readonly room: string;
  readonly outbox: Outbox;
  readonly timeline: Timeline = new Timeline();
  readonly presence: Presence = new Presence();
  readonly connection: Connection;
  readonly #options: SessionOptions;
  readonly #resend: Backoff;
  #name = "";
  #author: string | undefined;
  #naming = true;
  #refusal: RefusedCode | undefined;
  #refusals = 0;
  #lost = false;
  #fresh = true;
  #renewed = false;
  #pages: ("page" | "probe")[] = [];
  #cancelAnswer: () => void = () => {};
  #cancelPump: () => void = () => {};
  #cancelProbe: () => void = () => {};
  #cancelSilence: () => void = () => {};

  constructor(options: SessionOptions) {
    this.#options = options;
    this.room = options.room;
    this.outbox = options.outbox;
    this.#resend = new Backoff(RESEND, options.random);
    this.connection = new Connection(
      options.open,
      { state: () => this.#state(), open: () => this.#join(), text: (data) => this.#receive(data) },
      options.clock,
      options.random,
    );
  }

  get name(): string {
    return this.#name;
  }

  /** Waiting for the visitor to choose a name. */
  get naming(): boolean {
    return this.#naming;
  }

  /** Why the last join was refused. */
  get refusal(): RefusedCode | undefined {
    return this.#refusal;
  }

  /** How often a join was refused: tells a second refusal from the first. */
  get refusals(): number {
    return this.#refusals;
  }

  /** The connection was lost, or never came about, and is not back yet: the banner shows. */
  get lost(): boolean {
    return this.#lost;
  }

  /** The first welcome has come: the log is what the server has. */
  get welcomed(): boolean {
    return this.#author !== undefined;
  }

  /** A page of history is on its way. */
  get loading(): boolean {
    return this.#pages.includes("page");
  }

  isOwn(message: ChatMessage): boolean {
    return message.author === this.#author;
  }

  /** Joins with a name: the first time, after a refusal, or to be called otherwise. */
  enter(name: string): void {
    if (name === this.#name && this.connection.state.kind === "joined") {
      this.keepName();
      return;
    }
    this.#name = name;
    this.#naming = false;
    this.#refusal = undefined;
    if (this.connection.unpark()) this.#join();
    else this.connection.start();
    this.#options.changed();
  }

  /** Ask for a name (again). What is open stays open until one is chosen. */
  rename(): void {
    this.#naming = true;
    this.#options.changed();
  }

  /** The visitor thought better of it. */
  keepName(): void {
    if (this.#refusal !== undefined || this.#name === "") return;
    this.#naming = false;
    this.#options.changed();
  }

  /** Queues a message and sends it when its turn comes. False if the queue is full. */
  say(text: string, to?: string): boolean {
    if (this.outbox.add(this.room, text, to) === undefined) return false;
    this.#pump();
    this.#options.changed();
    return true;
  }

  /** Tells the others that the visitor types, or stopped. Of no consequence when it is lost. */
  typing(on: boolean): void {
    if (this.connection.state.kind === "joined") this.#send({ t: "typing", on });
  }

  /** Fetches the page before the oldest message. */
  loadOlder(): void {
    const before = this.timeline.oldest;
    if (!this.timeline.more || before === undefined || this.loading || this.connection.state.kind !== "joined") return;
    this.#ask("page", before, ANSWER_MS);
    this.#options.changed();
  }

  /** Fetches the newest page anew, because the reader went so far back that newer messages were not kept. */
  refresh(): void {
    this.#fresh = true;
    this.connection.start();
  }

  /** The visitor wants a refused message tried again. */
  retry(id: number): void {
    this.outbox.retry(id);
    this.#pump();
    this.#options.changed();
  }

  /** The visitor gives a refused message up; its text is handed back so that it can be edited. */
  dismiss(id: number): string | undefined {
    const text = this.outbox.dismiss(id)?.text;
    this.#options.changed();
    return text;
  }

  /** Woken from sleep, or the network changed: is anybody there? An answer must come soon. */
  probe(): void {
    const { kind } = this.connection.state;
    if (kind === "waiting") this.connection.retryNow();
    else if (kind === "joined" && this.#pages.length === 0) this.#ask("probe", 1, PROBE_MS);
  }

  /** After "this name is used elsewhere": come back as the same visitor, and the other place is closed. */
  takeBack(): void {
    this.outbox.takeBack(this.#options.random);
    this.connection.start();
  }

  /** After "this name is used elsewhere": go on as someone else, under a name of one's own. */
  startAnew(): void {
    this.outbox.becomeNew(this.#options.freshClient());
    this.#fresh = true;
    this.#name = "";
    this.connection.stop();
    this.rename();
  }

  #state(): void {
    const { kind } = this.connection.state;
    if (kind !== "joined") this.#interrupted();
    if (kind === "waiting" || kind === "stopped") this.#lost = true;
    if (kind === "joined" || kind === "idle") this.#lost = false;
    this.#options.changed();
  }

  /** Whatever waited for an answer on the old connection waits no more. */
  #interrupted(): void {
    this.outbox.lost();
    this.#pages = [];
    this.#cancelAnswer();
    this.#cancelPump();
    this.#cancelProbe();
    this.#cancelSilence();
  }

  #join(): void {
    const after = this.#fresh ? 0 : this.timeline.cursor;
    this.#send({
      t: "join",
      room: this.room,
      name: this.#name,
      client: this.outbox.client,
      ...(after > 0 ? { after } : {}),
    });
  }

  #receive(data: string): void {
    const message = parseServerMessage(data);
    if (message === undefined) return;
    this.#heard();
    this.#handle(message);
    this.#options.changed();
  }

  #handle(message: ServerMessage): void {
    const now = this.#options.clock.now();
    switch (message.t) {
      case "welcome":
        this.#welcome(message);
        break;
      case "refused":
        this.#refused(message.code);
        break;
      case "ack":
        this.#acked(message.id, message.seq, message.at);
        break;
      case "nak":
        this.#nak(message.id, message.code, message.retryAfterMs);
        break;
      case "message":
        this.#deliver(message.message);
        break;
      case "joined":
        this.#joined(message.name, message.at);
        break;
      case "left":
        if (this.presence.left(message.name)) this.timeline.notice("left", message.name, message.at);
        break;
      case "typing":
        if (message.name !== this.#name) this.presence.typing(message.name, message.on, now);
        break;
      case "history":
        this.#history(message.messages, message.more);
        break;
    }
  }

  #joined(name: string, at: number): void {
    // Whoever comes back after the loss that we had, too, was never seen leaving.
    const back = this.presence.mayReturn(name, this.#options.clock.now());
    if (this.presence.joined(name) && !back) this.timeline.notice("joined", name, at);
  }

  #welcome(welcome: Extract<ServerMessage, { t: "welcome" }>): void {
    const caughtUp = !this.#fresh && !welcome.gap && this.timeline.cursor > 0;
    this.#author = welcome.author;
    this.#name = welcome.name;
    this.#fresh = false;
    this.#renewed = false;
    this.presence.reset(welcome.members, this.#options.clock.now());
    if (caughtUp) for (const message of welcome.messages) this.#deliver(message);
    else this.timeline.reset(welcome.messages, welcome.more, welcome.gap);
    this.connection.joined();
    this.#heard();
    this.#pump();
  }

  #refused(code: RefusedCode): void {
    if (code === "client-invalid" && !this.#renewed) {
      // Never seen with our own secrets; a damaged storage could cause it. Once, silently; then the visitor is told.
      this.#renewed = true;
      this.outbox.becomeNew(this.#options.freshClient());
      this.#join();
      return;
    }
    this.#refusal = code;
    this.#refusals += 1;
    this.#naming = true;
    this.connection.park();
  }

  #deliver(message: ChatMessage): void {
    const own = this.isOwn(message);
    const fresh = this.timeline.deliver(message, own);
    if (own && fresh) this.outbox.seen(this.room, message.text, message.to);
    this.presence.typing(message.from, false, 0);
  }

  #acked(id: number, seq: number, at: number): void {
    const item = this.outbox.acked(id);
    if (item === undefined) return;
    this.#cancelAnswer();
    this.#resend.reset();
    const { text, to } = item;
    const message = { seq, from: this.#name, author: this.#author ?? "", text, at };
    this.timeline.acked(to === undefined ? message : { ...message, to });
    this.#pump();
  }

  #nak(id: number, code: NakCode, retryAfterMs: number | undefined): void {
    this.#cancelAnswer();
    const now = this.#options.clock.now();
    if (code === "rate") this.outbox.postponed(id, now + Math.max(250, retryAfterMs ?? 1000));
    else if (code === "storage") this.outbox.postponed(id, now + Math.max(retryAfterMs ?? 0, this.#resend.next()));
    // After a restart of the server everybody comes back, one sooner than the other.
    else if (code === "no-such-member" && this.#mayReturn(id, now)) this.outbox.postponed(id, now + ABSENT_MS);
    else this.outbox.failed(id, code);
    this.#pump();
  }

  /** The receiver of this message was here before the connection was lost, and may only be slower than we were. */
  #mayReturn(id: number, now: number): boolean {
    const to = this.outbox.items(this.room).find((item) => item.id === id)?.to;
    return to !== undefined && this.presence.mayReturn(to, now);
  }

  #history(messages: readonly ChatMessage[], more: boolean): void {
    const asked = this.#pages.shift();
    this.#cancelProbe();
    if (asked === "page") this.timeline.prepend(messages, more);
  }

  /** Sends the next message of the queue, or sets an alarm for when it may be sent. */
  #pump(): void {
    this.#cancelPump();
    if (this.connection.state.kind !== "joined") return;
    const item = this.outbox.head(this.room);
    if (item === undefined) return;
    const { clock } = this.#options;
    const wait = (item.notBefore ?? 0) - clock.now();
    if (item.notBefore !== undefined && wait > 0) {
      this.#cancelPump = clock.later(wait, () => this.#pump());
      return;
    }
    this.outbox.sending(item.id);
    const { id, text, to } = item;
    this.#send(to === undefined ? { t: "say", id, text } : { t: "say", id, text, to });
    this.#cancelAnswer();
    this.#cancelAnswer = clock.later(ANSWER_MS, () => this.connection.abandon());
  }

  #ask(kind: "page" | "probe", before: number, deadline: number): void {
    this.#pages.push(kind);
    this.#send({ t: "history", before });
    this.#cancelProbe();
    this.#cancelProbe = this.#options.clock.later(deadline, () => this.connection.abandon());
  }

  #heard(): void {
    this.#cancelSilence();
    if (this.connection.state.kind !== "joined") return;
    this.#cancelSilence = this.#options.clock.later(SILENCE_MS, () => this.probe());
  }

  #send(message: ClientMessage): void {
    this.connection.send(JSON.stringify(message));
  }
}
