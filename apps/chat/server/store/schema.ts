/** The tables of the history, every statement that touches them, and how much they may hold. */

/** How much is kept. */
export interface Bounds {
  /** Messages per room. */
  readonly perRoom: number;
  /** Messages of all rooms together: beyond it the room that was silent longest loses its oldest. */
  readonly total: number;
  /** How long a (client, id) is remembered, in milliseconds. A client that comes back later may store a message twice. */
  readonly dedupAge: number;
  /** How many (client, id) are remembered at most. */
  readonly dedupCount: number;
  /** Rows that one trimming takes away at most, so that no commit takes long. */
  readonly trimBatch: number;
}

/** The bounds of a server that was told nothing else. */
export const DEFAULT_BOUNDS: Bounds = {
  perRoom: 10_000,
  total: 200_000,
  dedupAge: 7 * 24 * 3600 * 1000,
  dedupCount: 1_000_000,
  trimBatch: 1000,
};

/** Number of this layout, kept in the file. Another number is refused: no migration is better than a wrong one. */
export const SCHEMA_VERSION = 1;

/**
 * `room.last` outlives the messages, so that a `seq` is never used again; `room.trimmed` is the highest `seq` thrown away,
 * which is how a reader who comes back late learns of the gap. `said` is apart from `message` because a repeated message must
 * be recognised also when the first has been trimmed.
 */
export const SCHEMA: string = `
CREATE TABLE room (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  last INTEGER NOT NULL,
  trimmed INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX room_at ON room (at) WHERE trimmed < last;
CREATE TABLE message (
  room INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  author TEXT NOT NULL,
  sender TEXT NOT NULL,
  text TEXT NOT NULL,
  at INTEGER NOT NULL,
  to_author TEXT,
  receiver TEXT,
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE said (
  n INTEGER PRIMARY KEY,
  client TEXT NOT NULL,
  id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (client, id)
) STRICT;
PRAGMA user_version = ${SCHEMA_VERSION};
`;

const VISIBLE = "(to_author IS NULL OR to_author = ?3 OR author = ?3)";
const COLUMNS = "seq, author, sender, text, at, receiver";

/** Names of the statements. */
export type StatementName =
  | "room"
  | "addRoom"
  | "setRoom"
  | "silentRoom"
  | "setTrimmed"
  | "addMessage"
  | "trimMessages"
  | "countMessages"
  | "said"
  | "addSaid"
  | "trimSaid"
  | "before"
  | "after";

/** The statements, prepared once when the file is opened. */
export const STATEMENT: Readonly<Record<StatementName, string>> = {
  room: "SELECT id, last, trimmed FROM room WHERE name = ?",
  addRoom: "INSERT INTO room (name, last, trimmed, at) VALUES (?, 0, 0, 0) RETURNING id, last, trimmed",
  setRoom: "UPDATE room SET last = ?, trimmed = ?, at = ? WHERE id = ?",
  silentRoom: "SELECT id, last, trimmed FROM room WHERE trimmed < last ORDER BY at LIMIT 1",
  setTrimmed: "UPDATE room SET trimmed = ? WHERE id = ?",
  addMessage:
    "INSERT INTO message (room, seq, author, sender, text, at, to_author, receiver) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  trimMessages: "DELETE FROM message WHERE room = ? AND seq <= ?",
  countMessages: "SELECT count(*) AS n FROM message",
  said: "SELECT seq, at FROM said WHERE client = ? AND id = ?",
  addSaid: "INSERT INTO said (client, id, seq, at) VALUES (?, ?, ?, ?)",
  trimSaid:
    "DELETE FROM said WHERE n IN (SELECT n FROM said ORDER BY n LIMIT ?1) " +
    "AND (at < ?2 OR n <= (SELECT max(n) FROM said) - ?3)",
  before: `SELECT ${COLUMNS} FROM message WHERE room = ?1 AND seq < ?2 AND ${VISIBLE} ORDER BY seq DESC LIMIT ?4`,
  after: `SELECT ${COLUMNS} FROM message WHERE room = ?1 AND seq > ?2 AND ${VISIBLE} ORDER BY seq LIMIT ?4`,
};
