/** Tideway's client as a target, a program of its own: `node tideway-client.js JUDGE LIMIT CONCURRENCY`. Prints the judge's summary. */
import { WebSocket } from "tideway";
import { type DrivenSocket, drive } from "./client-driver.js";

const [url = "", limit = "", concurrency = ""] = process.argv.slice(2);
const summary = await drive({
  url,
  agent: "tideway",
  open: (target, protocols) => {
    const maxPayload = target.includes("limit=") ? Number(limit) : 17 * 1024 * 1024;
    return new WebSocket(target, {
      protocols,
      maxPayload,
      maxFragments: 100_000,
      compression: { threshold: 0 },
    }) as unknown as DrivenSocket;
  },
  concurrency: Number(concurrency),
  limited: true,
});
process.stdout.write(`${summary}\n`);
