import { ClientConnection } from "./client-connection.js";
import { ClientLink } from "./client-link.js";
import { type ClientOptions, checkClientOptions } from "./client-options.js";
import { makePlan, protocolList } from "./client-plan.js";
import { parseUrl } from "./url.js";

const SEND_LIMIT = 16 * 1024 * 1024;

/**
 * Opens a WebSocket connection.
 * @param url absolute: ws, wss, http or https. Userinfo in it becomes an Authorization header
 * @param options see `ClientOptions`
 * @returns the open connection
 * @throws (rejects) DOMException SyntaxError for the URL or the subprotocols; TypeError, RangeError, LocalError for wrong options;
 *   HandshakeError when the server does not answer with a correct 101 (`status`, `headers`, `body`), PeerError ERR_HANDSHAKE_ENDED;
 *   LocalError ERR_CONNECT, ERR_TLS_… (with `cause`), ERR_HANDSHAKE_TIMEOUT; the signal's reason when it is aborted
 */
export async function connect(url: string | URL, options: ClientOptions = {}): Promise<ClientConnection> {
  const checked = checkClientOptions(options, "connect");
  const plan = makePlan(parseUrl(url), checked, protocolList(checked.protocols), SEND_LIMIT);
  const link = await new Promise<ClientLink>((resolve, reject) => {
    const opening = new ClientLink(plan, (error) => (error === undefined ? resolve(opening) : reject(error)));
  });
  return new ClientConnection(link, plan.destination.url.href, plan.sendLimit);
}
