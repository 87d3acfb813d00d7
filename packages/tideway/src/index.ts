/** `tideway`: WebSocket server and client for Node (RFC 6455). */
export { ClientConnection } from "./node/client/client-connection.js";
export type { ClientOptions, ClientTlsOptions, HeadersOption } from "./node/client/client-options.js";
export { connect } from "./node/client/connect.js";
export { CloseEvent, type CloseEventInit, SocketErrorEvent } from "./node/client/event.js";
export { HandshakeError } from "./node/client/handshake-error.js";
export { type BinaryType, WebSocket, type WebSocketEventMap } from "./node/client/websocket.js";
export type { WebSocketData } from "./node/client/websocket-argument.js";
export type { DrainOptions, DrainReport } from "./node/drain.js";
export { WebSocketServer } from "./node/server.js";
export type { SendResult } from "./node/server-link.js";
export type { ServerHandlers, ServerOptions, UpgradeInfo } from "./node/server-options.js";
export type { SendData, ServerSocket } from "./node/server-socket.js";
export { CloseCode } from "./protocol/close-code.js";
export { LimitError, LocalError, PeerError, TidewayError } from "./protocol/error.js";
export type { FrameReport, FrameTap } from "./protocol/frame-tap.js";
