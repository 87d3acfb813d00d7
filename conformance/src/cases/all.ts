/** The whole table. */
import type { Case } from "../case.js";
import { closeCases } from "./close-cases.js";
import { controlCases } from "./control-cases.js";
import { deflateCases } from "./deflate-cases.js";
import { fragmentCases } from "./fragment-cases.js";
import { framingCases } from "./framing-cases.js";
import { limitCases } from "./limit-cases.js";
import { requestCases } from "./request-cases.js";
import { reservedCases } from "./reserved-cases.js";
import { responseCases } from "./response-cases.js";
import { utf8Cases } from "./utf8-cases.js";

/** Largest message of the target in cases that need to know it. */
export const DEFAULT_LIMIT = 65_536;

/** Every case. @param limit what the largest message of the target is; matters only to cases that need it */
export function allCases(limit: number = DEFAULT_LIMIT): readonly Case[] {
  return [
    ...requestCases,
    ...responseCases,
    ...framingCases,
    ...reservedCases,
    ...fragmentCases,
    ...controlCases,
    ...closeCases,
    ...utf8Cases,
    ...limitCases(limit),
    ...deflateCases,
  ];
}
