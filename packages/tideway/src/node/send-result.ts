/** What became of a message given to `send`: on its way; waiting behind a peer that is too slow; not sent at all. */
export type SendResult = "sent" | "queued" | "dropped";
