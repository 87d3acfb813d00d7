import { connect as connectNet, type IpcNetConnectOpts, type TcpNetConnectOpts } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { ClientPlan } from "./client-plan.js";

/** A stream that is being connected. */
export interface OpeningStream {
  readonly stream: Duplex;
  /** The event that says that the request can be written; undefined: at once. */
  readonly readyEvent: "connect" | "secureConnect" | undefined;
}

/**
 * Begins to connect as the plan says. Half-open sockets are allowed: that the server has ended must not end our side before what it
 * sent has been read.
 * @throws whatever `net.connect` and `tls.connect` throw for options they do not take
 */
export function openStream({ destination, options }: ClientPlan): OpeningStream {
  const { socketPath, localAddress, family, lookup } = options;
  const address: TcpNetConnectOpts | IpcNetConnectOpts =
    socketPath === undefined
      ? {
          host: destination.host,
          port: destination.port,
          ...(localAddress !== undefined && { localAddress }),
          ...(family !== undefined && { family }),
          ...(lookup !== undefined && { lookup }),
        }
      : { path: socketPath };
  if (!destination.secure) {
    return { stream: connectNet({ ...address, allowHalfOpen: true, noDelay: true }), readyEvent: "connect" };
  }
  // Nothing is written before the certificate has been checked: the request may hold credentials.
  const tlsOptions: ConnectionOptions & { readonly allowHalfOpen: true } = {
    host: destination.host,
    ...(destination.servername !== undefined && { servername: destination.servername }),
    ALPNProtocols: ["http/1.1"],
    ...options.tls,
    ...address,
    allowHalfOpen: true,
  };
  const stream = connectTls(tlsOptions);
  stream.setNoDelay(true);
  return { stream, readyEvent: "secureConnect" };
}
