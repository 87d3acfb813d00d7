import { ReadableStream, WritableStream } from "node:stream/web";
import { type MessageInput, toMessage } from "../message-data.js";
import type { ClientLink } from "./client-link.js";
import type { Message } from "./inbox.js";

/** The messages of a connection as a stream; a message is read from the network's side only when the stream wants one. */
export function readableOf(link: ClientLink): ReadableStream<Message> {
  return new ReadableStream<Message>(
    {
      async pull(controller) {
        const { done, value } = await link.inbox.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        link.close(undefined, undefined);
        await link.closed;
      },
    },
    { highWaterMark: 0 },
  );
}

/** Where messages are written to, at the pace of the network. Closing it closes the connection; aborting ends it at once. */
export function writableOf(link: ClientLink, sendLimit: number): WritableStream<MessageInput> {
  return new WritableStream<MessageInput>({
    async write(data) {
      await link.write(toMessage(data), sendLimit);
    },
    async close() {
      link.close(undefined, undefined);
      await link.closed;
    },
    abort() {
      link.terminate();
    },
  });
}
