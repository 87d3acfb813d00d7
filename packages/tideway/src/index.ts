export type { DrainOptions, DrainReport } from "./node/drain.js";
export { WebSocketServer } from "./node/server.js";
export type { SendResult } from "./node/server-link.js";
export type { ServerHandlers, ServerOptions, UpgradeInfo } from "./node/server-options.js";
export type { SendData, ServerSocket } from "./node/server-socket.js";
export { CloseCode } from "./protocol/close-code.js";
export { LimitError, LocalError, PeerError, TidewayError } from "./protocol/error.js";
export type { FrameReport, FrameTap } from "./protocol/frame-tap.js";
