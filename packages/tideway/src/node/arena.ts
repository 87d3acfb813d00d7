import { ARENA_START, arenaBuffer, PAGE } from "./kernel/memory.js";

/**
 * Two pages: a message of 64 KiB comes in one read with its header. Not more: what was read at once is handled before anybody sees that the
 * peer does not read the answers.
 */
const READ_BYTES = 2 * PAGE;

/** What is read from sockets goes here, and is handled before the next read. */
export const readArena: Uint8Array = new Uint8Array(arenaBuffer, ARENA_START, READ_BYTES);
/** What goes out in one write is put together here. In the same buffer, so that the kernel can work in it and copies need no view. */
export const outputArena: Uint8Array = new Uint8Array(arenaBuffer, ARENA_START + READ_BYTES);
