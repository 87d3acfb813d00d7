import { encodeRequest, HeadParser } from "tideway/protocol";
import { linesOf, offer } from "./offer.js";
import { latin1 } from "./pieces.js";
import { expect, expectSame } from "./verdict.js";

const NAME = "Sec-WebSocket-Extensions";
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The values of Sec-WebSocket-Extensions, one per line of the input. What is accepted can be written and read again. */
export function fuzz(data: Uint8Array): void {
  const values = linesOf(latin1(data));
  const first = offer(NAME, values);
  if (first === undefined) return;
  const { extensions } = first;
  expect(extensions.length <= 8, "more than 8 offers");
  for (const { name, params } of extensions) {
    expect(TOKEN.test(name), "a name that is no token");
    expect(params.length <= 8, "more than 8 parameters");
    for (const [param, value] of params) {
      expect(TOKEN.test(param) && (value === true || TOKEN.test(value)), "a parameter that is no token");
    }
  }
  // §9.1: several lines are one list.
  expectSame(offer(NAME, [values.join(",")])?.extensions, extensions, "the lines joined");
  if (extensions.length === 0) return;
  const request = encodeRequest({ host: "a.example", target: "/", key: "dGhlIHNhbXBsZSBub25jZQ==", extensions });
  const parsed = new HeadParser({ kind: "request" }).receive(request, 0, request.length);
  if (parsed?.ok)
    expectSame(offer(NAME, parsed.head.headers.all(NAME))?.extensions, extensions, "written and read again");
  else expect(request.length > 8192, "a written offer cannot be read");
}
