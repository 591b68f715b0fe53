"""The floor: the least that a durable update over HTTP can cost in this language on this machine.

A bare ASGI callable: JSON in, one row written, one commit of SQLite (WAL, synchronous=FULL) by one writer thread, JSON
out. No routes, no token, no rules, no events. Run by `python -m bench.floor FILE PORT ROWS GROUP`: how many requests
that wait may share a commit.
"""

import asyncio
import queue
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pysqlite3.dbapi2 as driver
import uvicorn

from procession.kernel.sqlite import WRITER

UPDATE = "UPDATE rows SET body = ?, revision = revision + 1 WHERE id = ?"

Waiting = tuple[str, bytes, asyncio.Future[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Writer:
    """One connection, one thread; up to `group` rows share a commit and are answered after it."""

    def __init__(self, path: str, rows: int, group: int) -> None:
        self.group = group
        self.waiting: queue.SimpleQueue[Waiting] = queue.SimpleQueue()
        self.path = path
        connection = self.connect()
        connection.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, body BLOB, revision INTEGER) WITHOUT ROWID")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO rows VALUES (?, '{}', 0)", [(str(number),) for number in range(rows)])
        connection.execute("COMMIT")
        connection.close()
        threading.Thread(target=self.run, daemon=True).start()

    def connect(self) -> Any:
        connection = driver.connect(self.path, isolation_level=None, check_same_thread=False)
        for pragma in WRITER:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def run(self) -> None:
        connection = self.connect()
        while True:
            group = [self.waiting.get()]
            while len(group) < self.group and not self.waiting.empty():
                group.append(self.waiting.get())
            connection.execute("BEGIN IMMEDIATE")
            for row, body, _ in group:
                connection.execute(UPDATE, (body, row))
            connection.execute("COMMIT")
            for _, _, done in group:
                done.get_loop().call_soon_threadsafe(done.set_result, None)


def application(writer: Writer) -> Callable[[dict[str, Any], Receive, Send], Awaitable[None]]:
    async def answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        raw, more = b"", True
        while more:
            message = await receive()
            raw += message.get("body", b"")
            more = message.get("more_body", False)
        row = scope["path"].rpartition("/")[2]
        if raw:
            body = msgspec.json.decode(raw)
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            writer.waiting.put((row, msgspec.json.encode(body), done))
            await done
        else:
            body = None
        text = msgspec.json.encode({"data": {"id": row, "body": body}})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    return answer


def main() -> None:
    path, port, rows, group = sys.argv[1:]
    uvicorn.run(
        application(Writer(path, int(rows), int(group))),
        port=int(port),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
