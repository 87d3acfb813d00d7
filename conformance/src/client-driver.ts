/** A driver in the sense of docs/reference/conformance-protocol.md for any client with the WHATWG interface. */

/** The part of the WHATWG interface that a driver needs. */
export interface DrivenSocket {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string | ArrayBuffer): void;
  close(): void;
}

/** Opens a connection; `protocols` only where the run needs them. */
export type OpenSocket = (url: string, protocols: readonly string[]) => DrivenSocket;

/** What a driver is told. */
export interface DriveOptions {
  readonly url: string;
  readonly agent: string;
  readonly open: OpenSocket;
  /** Runs at a time. Default 16. */
  readonly concurrency?: number;
  /** The client refuses messages above the limit the judge knows. */
  readonly limited?: boolean;
}

/** Does all runs, then asks for the report. @returns the summary the judge gave */
export async function drive({ url, agent, open, concurrency = 16, limited = false }: DriveOptions): Promise<string> {
  const query = `agent=${encodeURIComponent(agent)}`;
  const count = Number(await ask(open, `${url}/getCaseCount?${query}`));
  if (!Number.isSafeInteger(count)) throw new Error("the judge gave no number of runs");
  let next = 1;
  const work = async (): Promise<void> => {
    for (let at = next++; at <= count; at = next++) {
      const info = JSON.parse(await ask(open, `${url}/getCaseInfo?case=${at}&${query}`)) as {
        protocols: string[];
        id: string;
      };
      const more = limited && info.id.startsWith("10.4/") ? "&limit=1" : "";
      await echo(open, `${url}/runCase?case=${at}&${query}${more}`, info.protocols);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return await ask(open, `${url}/updateReports?${query}`);
}

/** The one message of a connection. */
function ask(open: OpenSocket, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const socket = open(url, []);
    socket.onmessage = (event: { data: unknown }) => {
      said = String(event.data);
    };
    socket.onerror = () => {};
    socket.onclose = () => (said === "" ? reject(new Error(`no answer to ${url}`)) : resolve(said));
  });
}

/** Echoes until the connection ends. */
function echo(open: OpenSocket, url: string, protocols: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = open(url, protocols);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event: { data: string | ArrayBuffer }) => socket.send(event.data);
    socket.onerror = () => {};
    socket.onclose = () => resolve();
  });
}
