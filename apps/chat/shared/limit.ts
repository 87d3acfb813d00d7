/** The limits of the chat, known to both ends: the page refuses early and kindly, the server refuses for certain. */

/** Longest message, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 4096;
/** Longest name of a person, in code points. */
export const MAX_NAME_LENGTH = 32;
/** Longest name of a room, in code points. */
export const MAX_ROOM_LENGTH = 64;
/** Messages in one page of history, and in the answer to a join. */
export const HISTORY_PAGE = 50;
/** Most missed messages sent on after a reconnect; beyond it the join answer starts anew with `gap: true`. */
export const MAX_CATCH_UP = 1000;
/** How long a "typing" notice holds without being renewed, in milliseconds. */
export const TYPING_HOLD_MS = 4000;
