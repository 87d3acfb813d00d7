import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Head, HeadCollector } from "./http-head.js";
import type { Address } from "./request.js";

/** What came of a request. */
export interface Dialled {
  /** The answer; undefined when the connection ended, or nothing came in time. */
  readonly head: Head | undefined;
  /** Bytes behind the head. */
  readonly rest: Uint8Array;
  /** The connection ended before an answer. */
  readonly ended: boolean;
  /** No head, but these bytes. */
  readonly garbage: string;
}

/** What to trust at a wss: URL. */
export interface Trust {
  /** Certificate authorities in PEM, instead of those that Node knows. */
  readonly ca?: string;
  /** Trust any certificate: the implementation is judged, not its name. */
  readonly insecure?: boolean;
}

/** Opens a TCP or TLS connection. */
export function openSocket(address: Address, milliseconds: number, { ca, insecure }: Trust = {}): Promise<Socket> {
  const { host, port } = address;
  return new Promise((resolve, reject) => {
    const socket = address.secure
      ? connectTls({
          host,
          port,
          servername: isIP(host) === 0 ? host : "",
          rejectUnauthorized: insecure !== true,
          ...(ca === undefined ? {} : { ca }),
        })
      : connectTcp({ host, port });
    const event = address.secure ? "secureConnect" : "connect";
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error("no connection in time"));
    }, milliseconds);
    socket.once("error", fail);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off("error", fail);
      socket.on("error", () => {});
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

/** Waits for the head of the answer. The socket is paused when it has come. */
export function readAnswer(socket: Socket, milliseconds: number): Promise<Dialled> {
  const collector = new HeadCollector();
  return new Promise((resolve) => {
    const finish = (dialled: Omit<Dialled, "garbage">): void => {
      clearTimeout(timer);
      socket.off("data", onData);
      socket.off("end", onEnd);
      socket.off("close", onEnd);
      const garbage = dialled.head === undefined ? Buffer.from(collector.bytes).toString("latin1", 0, 200) : "";
      resolve({ ...dialled, garbage });
    };
    const none = new Uint8Array(0);
    const onData = (bytes: Buffer): void => {
      const found = collector.take(bytes);
      if (found === undefined) return;
      socket.pause();
      finish({ ...found, ended: false });
    };
    const onEnd = (): void => finish({ head: undefined, rest: none, ended: true });
    const timer = setTimeout(() => finish({ head: undefined, rest: none, ended: false }), milliseconds);
    socket.on("data", onData);
    socket.on("end", onEnd);
    socket.on("close", onEnd);
    if (socket.destroyed || socket.readableEnded) onEnd();
    else socket.resume();
  });
}
