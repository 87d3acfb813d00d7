/** As much of the npm module `websocket` as is used here; it brings no types. */
declare module "websocket/lib/WebSocketConnection.js" {
  import { EventEmitter } from "node:events";

  interface Config {
    readonly maxReceivedFrameSize: number;
    readonly maxReceivedMessageSize: number;
    readonly assembleFragments: boolean;
    readonly keepalive: boolean;
    readonly closeTimeout: number;
    readonly disableNagleAlgorithm: boolean;
  }

  class WebSocketConnection extends EventEmitter {
    constructor(
      socket: EventEmitter,
      extensions: readonly string[],
      protocol: string | null,
      mask: boolean,
      config: Config,
    );
    readonly closeReasonCode: number;
    _addSocketEventListeners(): void;
  }
  export = WebSocketConnection;
}
