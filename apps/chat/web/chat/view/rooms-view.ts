import { MAX_ROOM_LENGTH } from "../../../shared/limit.js";
import { byId, fillText, make, setText } from "../../dom.js";
import { canonicalRoom, codePoints, pathOfRoom } from "../command.js";
import type { Session } from "../session.js";
import type { Words } from "./words.js";

/** The name of the room, the switch to another, and the reminder of what was left unsent elsewhere. */
export class RoomsView {
  readonly #session: Session;
  readonly #words: Words;
  readonly #elsewhere = byId("elsewhere", HTMLElement);
  #drawn = "";

  constructor(session: Session, words: Words) {
    this.#session = session;
    this.#words = words;
    byId("room-title", HTMLElement).textContent = session.room;
    const open = byId("room-button", HTMLButtonElement);
    const dialog = byId("rooms", HTMLDialogElement);
    const field = byId("room-field", HTMLInputElement);
    const error = byId("room-error", HTMLElement);
    open.title = words.text.switchRoom;
    open.addEventListener("click", () => {
      setText(error, "");
      field.value = "";
      dialog.showModal();
    });
    byId("rooms-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    byId("rooms-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      // Rooms have no blanks in their names; people do write them.
      const room = canonicalRoom(field.value.trim().replace(/^#/, "").replace(/\s+/g, "-"));
      const length = codePoints(room);
      if (length < 1 || length > MAX_ROOM_LENGTH) {
        setText(error, words.text.roomLong);
        field.focus();
      } else location.assign(pathOfRoom(room));
    });
  }

  render(): void {
    const rooms = this.#session.outbox.elsewhere(this.#session.room);
    const version = JSON.stringify([...rooms]);
    if (version === this.#drawn) return;
    this.#drawn = version;
    this.#elsewhere.hidden = rooms.size === 0;
    this.#elsewhere.replaceChildren(
      ...[...rooms].map(([room, count]) => {
        const label = fillText(this.#words.text.elsewhere(count), new Map([["room", `#\u2068${room}\u2069`]]));
        const link = make("a", "", label);
        link.href = pathOfRoom(room);
        return link;
      }),
    );
  }
}
