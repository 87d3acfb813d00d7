// The echo endpoint: sends every message back, and shows who asks the frames that carried it.
import { type FrameReport as Frame, type ServerSocket, WebSocketServer } from "tideway";
import { type FrameReport, REPORT_PAYLOAD_BYTES, WATCH_ID, type WatchMessage } from "../shared/frame-report.js";

/** What one connection to the endpoint is for. */
interface Visit {
  /** It watches the connection of this id, and is not an echo itself. */
  readonly watch: string | undefined;
  /** Its frames go to who watches this id. */
  readonly id: string | undefined;
}

/**
 * The WebSocket server behind `/echo`. Open to every Origin on purpose: it gives back what it got, knows nobody and reads no cookie, and
 * people test other pages against it.
 */
export function createEcho(): WebSocketServer<Visit> {
  const watchers = new Map<string, ServerSocket<Visit>>();
  return new WebSocketServer<Visit>({
    origins: "any",
    upgrade(request) {
      const query = new URL(request.url).searchParams;
      const watch = query.get("watch") ?? undefined;
      const id = query.get("id") ?? undefined;
      for (const given of [watch, id]) {
        if (given !== undefined && !WATCH_ID.test(given)) return new Response("bad id\n", { status: 400 });
      }
      if (watch !== undefined && watchers.has(watch))
        return new Response("this id is being watched\n", { status: 409 });
      return { watch, id };
    },
    open(socket) {
      const { watch } = socket.context;
      if (watch === undefined) return;
      watchers.set(watch, socket);
      socket.send(JSON.stringify({ watching: watch } satisfies WatchMessage));
    },
    message(socket, data) {
      // Awaited: whoever does not read the echo is not read either.
      if (socket.context.watch === undefined) return socket.write(data);
      socket.close(1003, "this connection only watches");
      return undefined;
    },
    close(socket) {
      const { watch } = socket.context;
      if (watch !== undefined && watchers.get(watch) === socket) watchers.delete(watch);
    },
    tap(socket) {
      const { id } = socket.context;
      if (id === undefined) return undefined;
      return (frame) => watchers.get(id)?.send(JSON.stringify({ frame: describe(frame) } satisfies WatchMessage));
    },
  });
}

function describe(frame: Frame): FrameReport {
  const { direction, first, length, key, header, payload } = frame;
  return {
    direction,
    fin: (first & 0x80) !== 0,
    rsv1: (first & 0x40) !== 0,
    rsv2: (first & 0x20) !== 0,
    rsv3: (first & 0x10) !== 0,
    opcode: first & 0x0f,
    masked: key !== undefined,
    key: key === undefined ? null : key.toString(16).padStart(8, "0"),
    length,
    header: hex(header),
    payload: hex(payload.subarray(0, REPORT_PAYLOAD_BYTES)),
    truncated: length > payload.length,
    at: performance.now(),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
