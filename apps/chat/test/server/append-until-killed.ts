/** Child of store-kill.test.ts: appends without end, and writes down every answer before it asks for more. */
import { writeSync } from "node:fs";
import { Store } from "../../dist/server/store/store.js";

const [path = "", start = "1"] = process.argv.slice(2);
const store = await Store.open({ path });
let next = Number(start);

async function sender(): Promise<void> {
  for (;;) {
    const id = next++;
    const { seq } = await store.append({
      room: `room ${id % 3}`,
      client: "client",
      id,
      author: "author",
      from: "Ann",
      text: `text ${id} ${"x".repeat(id % 3000)}`,
      at: id,
    });
    // Synchronous: what is in the pipe is an acknowledgement that somebody has seen.
    writeSync(1, `${id % 3} ${seq} ${id}\n`);
  }
}

await Promise.all(Array.from({ length: 50 }, sender));
