/**
 * Tideway's server as a target, a program of its own: `node tideway-echo.js LIMIT`. Prints the URL of an echo with room for the largest
 * messages of the suite, and that of one whose largest message is LIMIT octets. Ends with its standard input.
 */
import { WebSocketServer } from "tideway";

async function echo(maxPayload: number): Promise<string> {
  const server = new WebSocketServer({
    maxPayload,
    // Transfers of this suite come in many fragments and are echoed while they arrive; everything else is as it comes.
    maxFragments: 100_000,
    sendLimit: Number.POSITIVE_INFINITY,
    compression: { threshold: 0, serverNoContextTakeover: false, clientNoContextTakeover: false },
    message: (socket, data) => void socket.send(data),
  });
  const { port } = await server.listen(0, "127.0.0.1");
  return `ws://127.0.0.1:${port}/`;
}

const [roomy, limited] = [await echo(17 * 1024 * 1024), await echo(Number(process.argv[2]))];
process.stdout.write(`${roomy} ${limited}\n`);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
