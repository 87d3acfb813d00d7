"""Drives Python's websockets: python_client.py JUDGE AGENT LIMIT CONCURRENCY"""

import asyncio
import json
import platform
import sys
from urllib.parse import quote

import websockets

JUDGE, AGENT, LIMIT, CONCURRENCY = sys.argv[1], quote(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
ROOM = 17 * 1024 * 1024


async def ask(path):
    async with websockets.connect(f"{JUDGE}{path}", max_size=ROOM) as connection:
        return await connection.recv()


async def run(number):
    info = json.loads(await ask(f"/getCaseInfo?case={number}&agent={AGENT}"))
    limited = info["id"].startswith("10.4/")
    path = f"/runCase?case={number}&agent={AGENT}{'&limit=1' if limited else ''}"
    options = {"max_size": LIMIT if limited else ROOM, "ping_interval": None, "subprotocols": info["protocols"] or None}
    try:
        async with websockets.connect(f"{JUDGE}{path}", **options) as connection:
            async for message in connection:
                await connection.send(message)
    except Exception:
        pass


async def main():
    runtime = f"Python {platform.python_version()}"
    print(json.dumps({"version": websockets.version.version, "runtime": runtime}), flush=True)
    count = int(await ask(f"/getCaseCount?agent={AGENT}"))
    numbers = iter(range(1, count + 1))

    async def work():
        for number in numbers:
            await run(number)

    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    await ask(f"/updateReports?agent={AGENT}")


asyncio.run(main())
