"""What a server meets in the field: a full disk, a stopped database, no free connection, clients that dawdle.

Whatever happens, requests are answered 503 or their connection is closed, nothing is half written, and the server goes
on by itself when it is over.
"""

import contextlib
import json
import resource
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from procession.kernel.database import THREADS, TURN_SECONDS
from procession.kernel.sqlite import driver
from procession.server import connections
from tests.faults.harness import House, Toll, Writer, furnish, look, look_through_the_server
from tests.faults.server import Answer, Client, Server
from tests.support.server import Running, run_server

ROOM = 256 * 1024
"""Bytes that the files of a server may still grow by."""


def answers(house: House, count: int, ask: Callable[[Client, int], Answer]) -> list[Answer]:
    """`count` requests at once, each on a connection of its own."""
    found: list[Answer] = []

    def one(number: int) -> None:
        with house.server.client(house.people[number % 2]) as client:
            found.append(ask(client, number))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def sound_after(house: House, writers: list[Writer]) -> None:
    """Nothing acknowledged is lost, nothing is half there, and everybody writes again. No restart in between."""
    toll = Toll()
    look(house, writers, toll)
    look_through_the_server(house, writers, toll)
    assert toll.wrong == []


def write_once(house: House, writers: list[Writer]) -> None:
    """Everybody has written, whole, before it begins."""
    for writer in writers:
        writer.last, writer.acknowledged = writer.last + 1, {*writer.acknowledged, writer.last + 1}
        with house.server.client(writer.person) as client:
            client.need("PUT", writer.place.path, writer.body(writer.last))


def write_until(house: House, writers: list[Writer], status: int) -> list[Answer]:
    """Every writer writes until it is answered that status, which is then asked twice more."""

    def one(writer: Writer) -> None:
        with house.server.client(writer.person) as client:
            for _ in range(10_000):
                writer.last += 1
                answer = client.ask("PUT", writer.place.path, writer.body(writer.last))
                if answer.acknowledged:
                    writer.acknowledged.add(writer.last)
                elif answer.status == status:
                    found.append(answer)
                    return
                else:
                    writer.refused.append(answer)

    found: list[Answer] = []
    threads = [threading.Thread(target=one, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


# -- a full disk ------------------------------------------------------------------------------------------------------


def test_files_that_may_not_grow(steady: House) -> None:
    """SQLite's log cannot be written on: 503 for whoever writes, reading goes on, and it is over when it is over."""
    if steady.server.kind != "sqlite":
        pytest.skip("the embedded database writes in the server's own process")
    writers = steady.writers(8)
    wal = Path(f"{steady.server.file}-wal")
    size = max(wal.stat().st_size, steady.server.file.stat().st_size)
    _, hard = resource.prlimit(steady.server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(steady.server.pid, resource.RLIMIT_FSIZE, (size + ROOM, hard))
    try:
        refused = write_until(steady, writers, 503)
        assert len(refused) == len(writers)
        assert all(one.headers["retry-after"] for one in refused)
        with steady.server.client(steady.people[0]) as client:
            assert client.ask("GET", writers[0].place.path).status == 200
    finally:
        resource.prlimit(steady.server.pid, resource.RLIMIT_FSIZE, (hard, hard))
    sound_after(steady, writers)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MiB, where this user may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no disk can be made here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.long
def test_a_full_disk(small_disk: Path) -> None:
    """The disk itself is full, for logs and locks as well; room is made, and the server goes on."""
    house = furnish(Server(small_disk / "data"), 1)
    try:
        writers = house.writers(0)
        write_once(house, writers)
        ballast = small_disk / "ballast"
        with ballast.open("wb") as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 65536)
                file.flush()
        refused = write_until(house, writers, 503)
        assert len(refused) == len(writers)
        ballast.unlink()
        sound_after(house, writers)
    finally:
        house.server.stop()


# -- a database out of reach ------------------------------------------------------------------------------------------


def test_postgresql_stopped_and_started(steady: House) -> None:
    if steady.postgres is None:
        pytest.skip("SQLite is in the server itself")
    writers = steady.writers(8)
    write_once(steady, writers)
    steady.postgres.halt()
    try:
        asked = answers(steady, 8, lambda client, number: client.ask("GET", writers[number].place.path))
        asked += answers(
            steady, 8, lambda client, number: client.ask("PUT", writers[number].place.path, {"title": "Lost"})
        )
        assert {one.status for one in asked} == {503}
        assert {one.body["code"] for one in asked} == {"UNAVAILABLE"}
        with steady.server.client() as client:
            assert client.ask("GET", "/health").status == 200
            assert client.ask("GET", "/health/ready").status == 503
    finally:
        steady.postgres.launch()
    sound_after(steady, writers)


@contextlib.contextmanager
def locked(house: House) -> Iterator[None]:
    """Somebody holds what every writer needs: SQLite's one writer, or a row of each task on PostgreSQL."""
    if house.server.database_url is None:
        connection: Any = driver.connect(house.server.file, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
    else:
        connection = psycopg.connect(house.server.database_url)
        connection.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


def test_no_turn_to_be_had(steady: House) -> None:
    """Four times as many requests as there are connections, and none of them can go on: 503 within the time a turn may
    take, health answers meanwhile, and nobody waits for ever.
    """
    writers = steady.writers(16)
    began = time.monotonic()
    with locked(steady):
        asked = answers(
            steady,
            THREADS * 4,
            lambda client, number: client.ask("PUT", writers[number % 8].place.path, {"title": "Lost"}),
        )
        seconds = time.monotonic() - began
        with steady.server.client() as client:
            assert client.ask("GET", "/health").status == 200
    assert {one.status for one in asked} == {503}
    assert all(one.headers["retry-after"] for one in asked)
    # A turn, the lock of the process, the lock of the task; the rest is for a busy machine.
    assert seconds < TURN_SECONDS * 6
    write_once(steady, writers)
    sound_after(steady, writers)


# -- clients that dawdle ----------------------------------------------------------------------------------------------


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Running]:
    """A server that waits a second for what others wait half a minute for."""
    monkeypatch.setattr(connections, "SENDING_SECONDS", 1.0)
    running = run_server(tmp_path)
    yield running
    running.stop()


def dawdle(base: str, first: bytes, drip: bytes = b"", seconds: float = 10.0) -> tuple[bytes, float]:
    """Send `first`, then a drip every 0.2 s; what came back, and after how long the connection was closed."""
    host, _, port = base.removeprefix("http://").partition(":")
    began, back = time.monotonic(), b""
    with socket.create_connection((host, int(port)), timeout=0.2) as connection:
        connection.sendall(first)
        while time.monotonic() < began + seconds:
            try:
                part = connection.recv(65536)
                if not part:
                    break
                back += part
            except TimeoutError:
                with contextlib.suppress(OSError):
                    connection.sendall(drip)
            except OSError:
                break
    return back, time.monotonic() - began


def test_half_requests_are_not_waited_for(hasty: Running) -> None:
    """No bytes at all, headers one by one, a body that never ends: closed; what was begun is not written."""
    owner = hasty.organization()
    token = f"Authorization: {owner.authorization}\r\n"
    head = f"POST /organizations/{owner.organization}/tags HTTP/1.1\r\nHost: x\r\n{token}"
    head += "Content-Type: application/json\r\n"
    body = json.dumps({"title": f"Half {uuid4().hex}"})
    half = f"{head}Content-Length: {len(body) + 100}\r\n\r\n{body}"
    chunk = f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n"
    for first, drip in (
        (b"", b""),
        (b"", b"\r\n"),
        (b"GET / HTTP/1.1\r\nX: ", b"x"),
        (half.encode(), b" "),
        (chunk.encode(), b""),
    ):
        back, seconds = dawdle(hasty.base, first, drip)
        assert 0.9 < seconds < 5, (first, drip, back)
        assert not back.startswith(b"HTTP/1.1 2"), back
    assert owner("GET", "/O/tags").data == []


def test_the_next_request_of_a_connection_is_not_waited_for_either(hasty: Running) -> None:
    back, seconds = dawdle(hasty.base, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /hea", b"l")
    assert back.count(b"HTTP/1.1 200") == 1
    assert 0.9 < seconds < 5


def test_a_slow_body_that_keeps_coming_is_taken(hasty: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the slowest rate and above a body may take longer than the limit."""
    monkeypatch.setattr(connections, "SLOWEST", 100)
    owner = hasty.organization()
    body = json.dumps({"title": "Slow", "padding": "x" * 400}).encode()
    head = (
        f"POST /organizations/{owner.organization}/tags HTTP/1.1\r\nHost: x\r\nAuthorization: {owner.authorization}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    host, _, port = hasty.base.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode())
        for start in range(0, len(body), 50):
            time.sleep(0.2)
            connection.sendall(body[start : start + 50])
        assert connection.recv(65536).startswith(b"HTTP/1.1 201")


def test_many_who_dawdle_keep_nobody_off(hasty: Running) -> None:
    owner = hasty.organization()
    host, _, port = hasty.base.removeprefix("http://").partition(":")
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            connection = stack.enter_context(socket.create_connection((host, int(port))))
            connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n1")
        assert owner("GET", "/O/tags").status == 200
