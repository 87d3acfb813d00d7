/** As much of the npm module `websocket` as the tests use; it brings no types. */
declare module "websocket" {
  import type { EventEmitter } from "node:events";
  import type { Server as HttpServer, IncomingMessage } from "node:http";
  import type { Server as HttpsServer } from "node:https";
  import type { Socket } from "node:net";

  namespace websocket {
    interface Config {
      readonly maxReceivedFrameSize?: number;
      readonly maxReceivedMessageSize?: number;
      readonly fragmentOutgoingMessages?: boolean;
      readonly fragmentationThreshold?: number;
      readonly keepalive?: boolean;
    }

    type Message =
      | { readonly type: "utf8"; readonly utf8Data: string }
      | { readonly type: "binary"; readonly binaryData: Buffer };

    class connection extends EventEmitter {
      readonly config: Config;
      readonly connected: boolean;
      readonly protocol: string | undefined;
      readonly maskBytes: Buffer;
      readonly frameHeader: Buffer;
      readonly socket: Socket;
      sendUTF(data: string, done?: (error?: Error) => void): void;
      sendBytes(data: Buffer, done?: (error?: Error) => void): void;
      sendFrame(frame: frame, done?: (error?: Error) => void): void;
      ping(data: Buffer): void;
      close(code?: number, description?: string): void;
      on(event: "message", listener: (message: Message) => void): this;
      on(event: "ping", listener: (cancel: () => void, payload: Buffer) => void): this;
      on(event: "pong", listener: (payload: Buffer) => void): this;
      on(event: "close", listener: (code: number, description: string | undefined) => void): this;
      on(event: "error", listener: (error: Error) => void): this;
    }

    class frame {
      constructor(maskBytes: Buffer, frameHeader: Buffer, config: Config);
      opcode: number;
      fin: boolean;
      binaryPayload: Buffer;
    }

    class client extends EventEmitter {
      constructor(config: Config & { readonly tlsOptions?: object });
      connect(url: string, protocols: readonly string[], origin?: string): void;
      on(event: "connect", listener: (connection: connection) => void): this;
      on(event: "connectFailed", listener: (error: Error) => void): this;
    }

    class request extends EventEmitter {
      readonly httpRequest: IncomingMessage;
      readonly requestedProtocols: readonly string[];
      accept(protocol: string | undefined, origin: string | null): connection;
      reject(status: number): void;
    }

    class server extends EventEmitter {
      constructor(config: Config & { readonly httpServer: HttpServer | HttpsServer });
      on(event: "request", listener: (request: request) => void): this;
      shutDown(): void;
    }
  }

  export = websocket;
}
