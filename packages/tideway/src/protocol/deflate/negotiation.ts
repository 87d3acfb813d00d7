/** The negotiation of permessage-deflate (RFC 7692 §5, §7.1), both roles, as pure functions. */
import type { ExtensionOffer } from "../handshake/extension-header.js";
import { DEFLATE_CODES, type DeflateResponseCode } from "./failure.js";
import type { DeflateSettings } from "./option.js";
import {
  DEFLATE_NAME,
  type DeflateParameters,
  MAX_WINDOW_BITS,
  MIN_DEFLATE_BITS,
  type ReadParameters,
  readParameters,
  writeParameters,
} from "./parameter.js";

/** A server's yes: what it answers, and what holds from then on. */
export interface AcceptedDeflate {
  readonly response: ExtensionOffer;
  readonly agreed: DeflateParameters;
}

/** What a client makes of the answer. */
export type CheckedDeflate =
  | { readonly ok: true; readonly agreed: DeflateParameters }
  | { readonly ok: false; readonly code: DeflateResponseCode; readonly message: string };

/**
 * The server's choice among the offers. They are "in order of preference" (RFC 6455 §9.1), so the first acceptable one wins.
 * @param offers all extensions the client offered, others than permessage-deflate included
 * @param settings of `resolveDeflateOptions("server", …)`
 * @returns the answer, or undefined to answer without the extension: no offer was acceptable
 */
export function acceptDeflate(
  offers: readonly ExtensionOffer[],
  settings: DeflateSettings,
): AcceptedDeflate | undefined {
  for (const offer of offers) {
    if (offer.name !== DEFLATE_NAME) continue;
    const asked = readParameters(offer, "offer");
    // §7: "A server MUST decline an extension negotiation offer for this extension if any of the following conditions are met".
    if (typeof asked === "string") continue;
    const accepted = acceptOne(asked, settings);
    if (accepted !== undefined) return accepted;
  }
  return undefined;
}

function acceptOne(asked: ReadParameters, settings: DeflateSettings): AcceptedDeflate | undefined {
  // §7.1: "The server doesn't support the offered configuration": a window of 256 bytes, see MIN_DEFLATE_BITS.
  if (asked.serverMaxWindowBits !== undefined && asked.serverMaxWindowBits < MIN_DEFLATE_BITS) return undefined;
  const clientBound = settings.clientMaxWindowBits ?? MAX_WINDOW_BITS;
  // §7.1.2.2: without the parameter in the offer "the … response to the offer MUST NOT include" it: the bound could not be told.
  if (asked.clientMaxWindowBits === undefined && clientBound < MAX_WINDOW_BITS) return undefined;
  const serverBits = least(asked.serverMaxWindowBits, settings.serverMaxWindowBits);
  const clientBits =
    asked.clientMaxWindowBits === undefined
      ? undefined
      : least(asked.clientMaxWindowBits === true ? undefined : asked.clientMaxWindowBits, settings.clientMaxWindowBits);
  const response: ReadParameters = {
    // §7.1.1.1: accepted "by including" it; "A server MAY include [it] … even if the … offer … didn't include" it. §7.1.1.2 alike.
    serverNoContextTakeover: asked.serverNoContextTakeover ?? (settings.serverNoContextTakeover || undefined),
    clientNoContextTakeover: asked.clientNoContextTakeover ?? (settings.clientNoContextTakeover || undefined),
    // §7.1.2.1: "with the same or smaller value as the offer".
    serverMaxWindowBits: serverBits,
    // §7.1.2.2: "with a value equal to or smaller than the received value".
    clientMaxWindowBits: clientBits,
  };
  return { response: writeParameters(response), agreed: agreedBy(response, clientBits ?? MAX_WINDOW_BITS) };
}

/**
 * The client's offer: one, with what was demanded. Demands are not given up by a second, weaker offer.
 * @param settings of `resolveDeflateOptions("client", …)`
 * @returns what goes into Sec-WebSocket-Extensions
 */
export function offerDeflate(settings: DeflateSettings): ExtensionOffer[] {
  const offer: ReadParameters = {
    serverNoContextTakeover: settings.serverNoContextTakeover || undefined,
    clientNoContextTakeover: settings.clientNoContextTakeover || undefined,
    serverMaxWindowBits: settings.serverMaxWindowBits,
    // §7.1.2.2: "informs the peer server that the client supports the client_max_window_bits … parameter in a[] … response".
    clientMaxWindowBits: settings.clientMaxWindowBits ?? true,
  };
  return [writeParameters(offer)];
}

/**
 * Holds the server's answer against the offer. Without a permessage-deflate in the answer there is nothing to check: the server declined.
 * @param response the extension the server chose
 * @param offer what `offerDeflate` gave and was sent
 * @returns what holds from now on, or why the client fails the connection (§7: "A client MUST _Fail the WebSocket Connection_ …").
 *   A server that bounds the client to 256 bytes is agreed with, though zlib cannot compress so: such a client sends everything plain,
 *   which §6 allows it for each message
 */
export function checkDeflate(response: ExtensionOffer, offer: ExtensionOffer): CheckedDeflate {
  if (response.name !== DEFLATE_NAME) return failed("ERR_DEFLATE_NAME");
  const answered = readParameters(response, "response");
  if (typeof answered === "string") return failed(answered);
  const asked = readParameters(offer, "offer");
  if (typeof asked === "string") return failed(asked);
  // §7.1.1.1: "A server accepts an … offer that includes the server_no_context_takeover … parameter by including" it.
  if (asked.serverNoContextTakeover && !answered.serverNoContextTakeover) return failed("ERR_DEFLATE_IGNORED");
  if (asked.serverMaxWindowBits !== undefined) {
    if (answered.serverMaxWindowBits === undefined) return failed("ERR_DEFLATE_IGNORED");
    // §7.1.2.1: "with the same or smaller value as the offer".
    if (answered.serverMaxWindowBits > asked.serverMaxWindowBits) return failed("ERR_DEFLATE_VALUE");
  }
  const { clientMaxWindowBits: clientBits } = answered;
  // §7.1.2.2: if the offer "doesn't have the client_max_window_bits … parameter, the … response … MUST NOT include" it.
  if (clientBits !== undefined && asked.clientMaxWindowBits === undefined) return failed("ERR_DEFLATE_NOT_OFFERED");
  const hint = typeof asked.clientMaxWindowBits === "number" ? asked.clientMaxWindowBits : MAX_WINDOW_BITS;
  // §7.1.2.2: "with a value equal to or smaller than the received value".
  if (typeof clientBits === "number" && clientBits > hint) return failed("ERR_DEFLATE_VALUE");
  const granted = {
    ...answered,
    clientNoContextTakeover: answered.clientNoContextTakeover ?? asked.clientNoContextTakeover,
  };
  return { ok: true, agreed: agreedBy(granted, typeof clientBits === "number" ? clientBits : hint) };
}

function agreedBy(response: ReadParameters, clientMaxWindowBits: number): DeflateParameters {
  return {
    serverNoContextTakeover: response.serverNoContextTakeover ?? false,
    clientNoContextTakeover: response.clientNoContextTakeover ?? false,
    // §7.1.2.1, §7.1.2.2: absence means a window "of up to 32,768 bytes".
    serverMaxWindowBits: response.serverMaxWindowBits ?? MAX_WINDOW_BITS,
    clientMaxWindowBits,
  };
}

/** The smaller bound; undefined when neither side has one. */
function least(asked: number | undefined, own: number | undefined): number | undefined {
  if (asked === undefined || own === undefined) return asked ?? own;
  return Math.min(asked, own);
}

function failed(code: DeflateResponseCode): CheckedDeflate {
  return { ok: false, code, message: DEFLATE_CODES[code].message };
}
