/** What the operator may set, from the environment. */
import { resolve } from "node:path";

/** The settings of one server. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Folder of the database file; made when missing. */
  readonly dataDir: string;
}

/** A setting that cannot be used; the message names it, its value and what it should be. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads the settings. An empty variable counts as not set. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const { PORT, HOST, DATA_DIR } = environment;
  return {
    port: PORT ? port(PORT) : 8080,
    host: HOST ? host(HOST) : "127.0.0.1",
    dataDir: resolve(DATA_DIR || "./data"),
  };
}

function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 65_535) return value;
  throw new ConfigError(`PORT=${text}: a number from 0 to 65535 is needed (0: any free port)`);
}

function host(text: string): string {
  if (/^[\w.:%-]+$/.test(text)) return text;
  throw new ConfigError(`HOST=${text}: a host name or an address without brackets or port is needed`);
}
