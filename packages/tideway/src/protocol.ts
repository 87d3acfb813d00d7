/**
 * `tideway/protocol`: WebSocket without I/O, for those who bring their own transport. Bytes go in by `Connection.receive`, events come out
 * by the `Sink`, bytes come out by the `Outgoing`; the opening handshake is a set of pure functions. Needs nothing but ECMAScript and
 * TextEncoder/TextDecoder.
 */
export { CloseCode, isWireCloseCode } from "./protocol/close-code.js";
export type { State } from "./protocol/closing-state.js";
export { Connection, type ConnectionOptions } from "./protocol/connection.js";
export type { DeflateCodec, OpenDeflateCodec } from "./protocol/deflate/codec.js";
export {
  type AcceptedDeflate,
  acceptDeflate,
  type CheckedDeflate,
  checkDeflate,
  offerDeflate,
} from "./protocol/deflate/negotiation.js";
export { type DeflateOptions, type DeflateSettings, resolveDeflateOptions } from "./protocol/deflate/option.js";
export {
  type DeflateDirection,
  type DeflateDirections,
  type DeflateParameters,
  directionsOf,
} from "./protocol/deflate/parameter.js";
export { PermessageDeflate, type PermessageDeflateOptions } from "./protocol/deflate/permessage-deflate.js";
export { LimitError, LocalError, PeerError, TidewayError } from "./protocol/error.js";
export { type Decoded, type Encoded, type Extension, Rsv } from "./protocol/extension.js";
export { type FrameReport, type FrameTap, TAP_BYTES } from "./protocol/frame-tap.js";
export { acceptKey, encodeKey, type Sha1 } from "./protocol/handshake/accept-key.js";
export { AllowedHosts } from "./protocol/handshake/allowed-host.js";
export type { Authority } from "./protocol/handshake/authority.js";
export { encodeRequest } from "./protocol/handshake/client-request.js";
export type { ExtensionOffer, ExtensionParam } from "./protocol/handshake/extension-header.js";
export type { RequestHead, ResponseHead } from "./protocol/handshake/head.js";
export { HeadParser, type HeadParserOptions, type HeadResult } from "./protocol/handshake/head-parser.js";
export { HeaderList } from "./protocol/handshake/header-list.js";
export { type OriginOption, OriginPolicy } from "./protocol/handshake/origin.js";
export type { Field, Refusal } from "./protocol/handshake/refusal.js";
export { checkUpgradeRequest, type UpgradePolicy, type UpgradeResult } from "./protocol/handshake/request-check.js";
export { encodeAccept, encodeRefusal } from "./protocol/handshake/response.js";
export { checkUpgradeResponse, isInterim, type ResponseExpectation } from "./protocol/handshake/response-check.js";
export { checkSelection } from "./protocol/handshake/subprotocol.js";
export { type Kernel, portableKernel } from "./protocol/kernel.js";
export type { Limits } from "./protocol/limits.js";
export { encodeMessage } from "./protocol/message-writer.js";
export { Opcode } from "./protocol/opcode.js";
export { type Outgoing, OutgoingBuffer } from "./protocol/outgoing.js";
export type { Failure, Sink } from "./protocol/sink.js";
