import { LocalError } from "../../protocol/error.js";
import { explainTls } from "./tls-explanation.js";

/** What the codes of the operating system mean. */
const MEANINGS = new Map<string, string>([
  ["ECONNREFUSED", "nothing listens there, or a firewall refuses it"],
  ["ECONNRESET", "the other side cut the connection"],
  ["EPIPE", "the other side cut the connection"],
  ["ENOTFOUND", "the host name is not known"],
  ["EAI_AGAIN", "the host name could not be looked up: is the network up?"],
  ["ETIMEDOUT", "it does not answer"],
  ["EHOSTUNREACH", "there is no way to it"],
  ["ENETUNREACH", "there is no way to its network"],
  ["EADDRNOTAVAIL", "the local address cannot be used for it"],
  ["ENOENT", "there is no such socket"],
  ["EACCES", "permission denied"],
  ["EMFILE", "this process has too many open files"],
]);

/**
 * Puts an error of the network into words.
 * @param error from the socket, the lookup or an own transport
 * @param where the host and port, or the path of a Unix socket
 * @param host for a message about TLS
 * @returns a LocalError ERR_CONNECT, or ERR_TLS_…, with the original as its cause
 */
export function explainConnect(error: Error, where: string, host: string): LocalError {
  const tls = explainTls(error, host);
  if (tls !== undefined) return tls;
  const code = "code" in error ? String(error.code) : "";
  const meaning = MEANINGS.get(code) ?? error.message;
  const named = code === "" ? "" : ` (${code})`;
  return new LocalError("ERR_CONNECT", `no connection to ${where}: ${meaning}${named}`, { cause: error });
}
