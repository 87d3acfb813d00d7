"""Echo servers with Python's websockets: one with room for the largest messages, one whose largest message is argument 1."""

import asyncio
import json
import platform
import sys

import websockets


async def echo(connection, *_):
    try:
        async for message in connection:
            await connection.send(message)
    except websockets.exceptions.ConnectionClosed:
        pass


async def start(size):
    server = await websockets.serve(echo, "127.0.0.1", 0, max_size=size, ping_interval=None)
    port = server.sockets[0].getsockname()[1]
    return server, f"ws://127.0.0.1:{port}/"


async def main():
    version = websockets.version.version
    servers = [await start(17 * 1024 * 1024), await start(int(sys.argv[1]))]
    runtime = f"Python {platform.python_version()}"
    print(json.dumps({"version": version, "runtime": runtime, "urls": [url for _, url in servers]}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
