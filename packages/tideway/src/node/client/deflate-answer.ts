import { DEFLATE_CODES, type DeflateResponseCode } from "../../protocol/deflate/failure.js";
import { checkDeflate } from "../../protocol/deflate/negotiation.js";
import type { DeflateParameters } from "../../protocol/deflate/parameter.js";
import { type ExtensionOffer, formatExtensions } from "../../protocol/handshake/extension-header.js";

/** What the server's answer says of extensions. */
export type ExtensionAnswer =
  | {
      readonly ok: true;
      /** What was agreed; undefined: the server declined. */
      readonly agreed: DeflateParameters | undefined;
      /** As it stood in the answer, written our way; "" for none. */
      readonly extensions: string;
    }
  | { readonly ok: false; readonly code: DeflateResponseCode; readonly message: string };

/**
 * Judges the extensions of an answer.
 * @param chosen all of them were offered
 * @param offers what was offered: one permessage-deflate, or nothing
 */
export function readExtensions(chosen: readonly ExtensionOffer[], offers: readonly ExtensionOffer[]): ExtensionAnswer {
  const [response, ...more] = chosen;
  const [offer] = offers;
  if (response === undefined || offer === undefined) return { ok: true, agreed: undefined, extensions: "" };
  if (more.length > 0) {
    // RFC 7692 §5: one configuration is in use, so an answer with two says nothing.
    const code = "ERR_DEFLATE_DUPLICATE";
    return { ok: false, code, message: DEFLATE_CODES[code].message };
  }
  const checked = checkDeflate(response, offer);
  return checked.ok ? { ok: true, agreed: checked.agreed, extensions: formatExtensions([response]) } : checked;
}
