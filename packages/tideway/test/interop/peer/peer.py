"""The module `websockets` as a peer: commands as JSON lines on stdin, replies and events as JSON lines on stdout.

Every command has an id, which its reply repeats. Ends when stdin does.
"""

import asyncio
import hashlib
import http
import json
import ssl
import sys

import websockets
import websockets.client
import websockets.server
from websockets.extensions import permessage_deflate

READABLE = 64
BLOCK = 65521

ends = {}
servers = {}


def tell(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def materialize(payload):
    if payload["type"] == "text":
        return payload["unit"] * payload["times"]
    size = payload["size"]
    block = bytes((i * 167 + (i >> 8)) & 0xFF for i in range(min(BLOCK, size)))
    return (block * (size // BLOCK + 1))[:size] if size else b""


def digest_of(message):
    data = message.encode("utf-8") if isinstance(message, str) else message
    digest = data.hex() if len(data) <= READABLE else hashlib.sha256(data).hexdigest()
    return {"type": "text" if isinstance(message, str) else "binary", "size": len(data), "digest": digest}


class TellsPings:
    """A connection that reports the pings it answers; the library itself keeps quiet about them."""

    conn = None

    async def pong(self, data=b""):
        tell({"conn": self.conn, "event": {"type": "ping", "hex": bytes(data).hex()}})
        await super().pong(data)


class Client(TellsPings, websockets.client.WebSocketClientProtocol):
    pass


class Server(TellsPings, websockets.server.WebSocketServerProtocol):
    pass


LIMITS = {"max_size": 20 * 1024 * 1024, "ping_interval": None}


def deflate(command, factory, **unsaid):
    """The arguments for what is said of compression; nothing, if nothing is."""
    terms = command.get("compression")
    if terms is None:
        return {}
    said = {
        "server_no_context_takeover": terms.get("serverNoContextTakeover", False),
        "client_no_context_takeover": terms.get("clientNoContextTakeover", False),
        "server_max_window_bits": terms.get("serverMaxWindowBits"),
        "client_max_window_bits": terms.get("clientMaxWindowBits", unsaid.get("client_max_window_bits")),
    }
    return {"compression": None, "extensions": [factory(**said)]}


def enter(end):
    end.conn = len(ends) + 1
    ends[end.conn] = end
    return end.conn


def about(end):
    return {"protocol": end.subprotocol or "", "extensions": ", ".join(e.name for e in end.extensions)}


async def read(end):
    try:
        async for message in end:
            tell({"conn": end.conn, "event": digest_of(message)})
    except websockets.exceptions.ConnectionClosed:
        pass
    await end.wait_closed()
    tell({"conn": end.conn, "event": {"type": "close", "code": end.close_code, "reason": end.close_reason}})


async def connect(command):
    context = None
    if command["url"].startswith("wss:"):
        context = ssl.create_default_context(cafile=command.get("ca"))
        identity = command.get("identity")
        if identity:
            context.load_cert_chain(identity["cert"], identity["key"])
    end = await websockets.client.connect(
        command["url"],
        create_protocol=Client,
        subprotocols=command.get("protocols"),
        origin=command.get("origin"),
        ssl=context,
        **deflate(command, permessage_deflate.ClientPerMessageDeflateFactory, client_max_window_bits=True),
        **LIMITS,
    )
    conn = enter(end)
    background(read(end))
    return {"conn": conn, **about(end)}


async def listen(command):
    context = None
    identity = command.get("identity")
    if identity:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(identity["cert"], identity["key"])
        if command.get("clientAuthority"):
            context.load_verify_locations(command["clientAuthority"])
            context.verify_mode = ssl.CERT_REQUIRED

    async def handle(end):
        conn = enter(end)
        line = {"accepted": conn, "server": port, **about(end)}
        line["headers"] = {name.lower(): value for name, value in end.request_headers.raw_items()}
        tls = end.transport.get_extra_info("ssl_object")
        subject = dict(pair for names in ((tls and tls.getpeercert()) or {}).get("subject", ()) for pair in names)
        if "commonName" in subject:
            line["commonName"] = subject["commonName"]
        if command.get("greeting"):
            await end.send(materialize(command["greeting"]))
        tell(line)
        await read(end)

    status = command.get("refuseWith")

    async def answer(path, headers):
        return (http.HTTPStatus(status), [], b"no\n") if status else None

    server = await websockets.server.serve(
        handle,
        "127.0.0.1",
        0,
        create_protocol=Server,
        subprotocols=command.get("protocols"),
        process_request=answer,
        ssl=context,
        **deflate(command, permessage_deflate.ServerPerMessageDeflateFactory),
        **LIMITS,
    )
    port = server.sockets[0].getsockname()[1]
    servers[port] = server
    return {"port": port}


async def shut(command):
    server = servers.pop(command["port"])
    for end in list(server.websockets):
        abort(end)
    server.close()
    await server.wait_closed()


async def send(command):
    await ends[command["conn"]].send(materialize(command["payload"]))


async def send_sequence(command):
    for i in range(command["count"]):
        await ends[command["conn"]].send(f"message {i}")


async def send_fragments(command):
    end = ends[command["conn"]]
    payload = command.get("ping")

    async def pieces():
        for index, piece in enumerate(command["pieces"]):
            if payload is not None and index > 0:
                await send_ping(end, bytes.fromhex(payload))
            yield materialize(piece)

    await end.send(pieces())


async def ping(command):
    background(send_ping(ends[command["conn"]], bytes.fromhex(command["hex"])))


async def send_ping(end, payload):
    await (await end.ping(payload))
    tell({"conn": end.conn, "event": {"type": "pong", "hex": payload.hex()}})


async def close(command):
    background(ends[command["conn"]].close(command["code"], command.get("reason") or ""))


async def drop(command):
    abort(ends[command["conn"]])


def abort(end):
    # A TLS transport of asyncio that has ended fails when it is aborted, instead of doing nothing.
    if not end.closed:
        end.transport.abort()


COMMANDS = {
    "connect": connect,
    "listen": listen,
    "shut": shut,
    "send": send,
    "sendSequence": send_sequence,
    "sendFragments": send_fragments,
    "ping": ping,
    "close": close,
    "drop": drop,
}

tasks = set()


def background(coroutine):
    task = asyncio.ensure_future(coroutine)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def run(command):
    try:
        result = await COMMANDS[command["op"]](command)
        tell({"reply": command["id"], **(result or {})})
    except Exception as error:  # whatever it is, the test is told
        tell({"reply": command["id"], "error": f"{type(error).__name__}: {error}"})


async def main():
    reader = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        background(run(json.loads(line)))
    for end in ends.values():
        abort(end)


asyncio.run(main())
