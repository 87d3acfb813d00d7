import { checkSelection, encodeAccept, encodeRequest } from "tideway/protocol";
import { linesOf, offer } from "./offer.js";
import { latin1 } from "./pieces.js";
import { attempt, expect, expectSame } from "./verdict.js";

const NAME = "Sec-WebSocket-Protocol";
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The values of Sec-WebSocket-Protocol, one per line of the input. What is accepted can be chosen from, written and read again. */
export function fuzz(data: Uint8Array): void {
  const values = linesOf(latin1(data));
  const protocols = offer(NAME, values)?.protocols;
  if (protocols === undefined) return;
  expect(protocols.length <= 16, "more than 16 names");
  expect(new Set(protocols).size === protocols.length, "a name twice");
  expect(
    protocols.every((name) => TOKEN.test(name)),
    "a name that is no token",
  );
  for (const name of protocols) checkSelection(name, protocols);
  expect(
    attempt(() => checkSelection(`${protocols.join("")}x`, protocols) ?? true) === undefined,
    "chosen but not offered",
  );
  if (protocols.length === 0) return;
  encodeAccept({ accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", protocol: protocols[0] });
  // Whoever joins the lines adds commas, and they count.
  const joined = protocols.join(",");
  if (joined.length <= 1024) expectSame(offer(NAME, [joined])?.protocols, protocols, "written and read again");
  // With the separators the list may be longer than allowed; else the client can offer it.
  const written = attempt(() =>
    encodeRequest({ host: "a.example", target: "/", key: "dGhlIHNhbXBsZSBub25jZQ==", protocols }),
  );
  expect(
    written !== undefined || protocols.join(", ").length > 1024,
    "an offer that a server takes and no client can make",
  );
}
