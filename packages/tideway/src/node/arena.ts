import { ARENA_START, arenaBuffer, PAGE } from "./kernel/memory.js";

/** What is read from sockets goes here, and is handled before the next read. */
export const readArena: Uint8Array = new Uint8Array(arenaBuffer, ARENA_START, PAGE);
/** What goes out in one write is put together here. In the same buffer, so that the kernel can work in it and copies need no view. */
export const outputArena: Uint8Array = new Uint8Array(arenaBuffer, ARENA_START + PAGE, PAGE);
