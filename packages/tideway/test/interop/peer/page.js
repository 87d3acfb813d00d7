// Runs in the browser: commands come by `peer.run`, events go out by `report`, which the test puts into the page.
// Same commands and same lines as peer.py.
(() => {
  const READABLE = 64;
  const BLOCK = 65_521;
  const ends = new Map();
  const lines = [];
  let reporting = false;
  let order = Promise.resolve();

  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

  const materialize = (payload) => {
    if (payload.type === "text") return payload.unit.repeat(payload.times);
    const block = Uint8Array.from({ length: Math.min(BLOCK, payload.size) }, (_, i) => (i * 167 + (i >>> 8)) & 0xff);
    const bytes = new Uint8Array(payload.size);
    for (let at = 0; at < payload.size; at += BLOCK) bytes.set(block.subarray(0, payload.size - at), at);
    return bytes;
  };

  const digestOf = async (data) => {
    const type = typeof data === "string" ? "text" : "binary";
    const blob = data instanceof Blob;
    const bytes =
      type === "text" ? new TextEncoder().encode(data) : new Uint8Array(blob ? await data.arrayBuffer() : data);
    const shown = bytes.length <= READABLE ? bytes : new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return { type, size: bytes.length, digest: hex(shown) };
  };

  const flush = async () => {
    if (reporting) return;
    reporting = true;
    while (lines.length > 0) await globalThis.report(lines.splice(0));
    reporting = false;
  };

  // Digests take their time; events go out in the order they came in all the same.
  const tell = (conn, event) => {
    order = order.then(async () => {
      lines.push({ conn, event: await event });
      flush().catch(reportError);
    });
  };

  const commands = {
    connect: ({ url, protocols, binaryType }) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(url, protocols ?? []);
        const conn = ends.size + 1;
        ends.set(conn, socket);
        socket.binaryType = binaryType ?? "arraybuffer";
        let opened = false;
        socket.onopen = () => {
          opened = true;
          resolve({ conn, protocol: socket.protocol, extensions: socket.extensions });
        };
        socket.kinds = new Set();
        socket.onmessage = ({ data }) => {
          socket.kinds.add(data.constructor.name);
          tell(conn, digestOf(data));
        };
        socket.onclose = ({ code, reason, wasClean }) => {
          if (opened) tell(conn, { type: "close", code, reason, clean: wasClean });
          else reject(new Error(`closed with ${code} before it was open`));
        };
      }),
    send: ({ conn, payload }) => {
      ends.get(conn).send(materialize(payload));
    },
    sendBlob: ({ conn, payload }) => {
      ends.get(conn).send(new Blob([materialize(payload)]));
    },
    sendSequence: ({ conn, count }) => {
      for (let i = 0; i < count; i++) ends.get(conn).send(`message ${i}`);
    },
    close: ({ conn, code, reason }) => {
      const rest = reason === undefined ? [] : [reason];
      ends.get(conn).close(...(code === undefined ? [] : [code, ...rest]));
    },
    // As near as it comes: the test is over. A page that was left has forgotten it.
    drop: ({ conn }) => {
      ends.get(conn)?.close();
    },
    // The classes of the messages that came.
    received: ({ conn }) => ({ value: [...ends.get(conn).kinds] }),
    look: ({ conn, property }) => ({ value: ends.get(conn)[property] }),
    // How much is buffered right behind a send, and that it is all gone in the end.
    drains: async ({ conn, payload }) => {
      const socket = ends.get(conn);
      const message = materialize(payload);
      socket.send(message);
      const atOnce = socket.bufferedAmount;
      while (socket.bufferedAmount > 0) await new Promise((resolve) => requestIdleCallback(resolve));
      return { value: atOnce };
    },
    // What `close` says to a code or reason it does not take.
    refuses: ({ conn, code, reason }) => {
      try {
        ends.get(conn).close(code, reason);
        return { value: "nothing" };
      } catch (error) {
        return { value: error.name };
      }
    },
  };

  globalThis.peer = {
    run: async (command) => {
      try {
        return { reply: command.id, ...(await commands[command.op](command)) };
      } catch (error) {
        return { reply: command.id, error: String(error) };
      }
    },
  };
})();
