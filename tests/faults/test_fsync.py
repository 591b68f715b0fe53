"""What was acknowledged was flushed to the disk before: kill -9 alone says nothing about a loss of power."""

import contextlib
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults.harness import House, Writer, house
from tests.support.postgres import Postgres, children

ALONE = 100  # requests of one person, each of them alone in its commit
SECONDS = 4.0
LARGEST_GROUP = 32  # kernel.sqlite.GROUP
FLUSH = re.compile(r"\b(?:fsync|fdatasync)\(\d+<([^>]*)>")


def test_the_live_writer_flushes_every_commit(live: House) -> None:
    """WAL and `synchronous=FULL` (2) as the live connection says; on PostgreSQL nothing is switched off."""
    with live.server.client() as client:
        found = client.need("GET", "/health/ready").body
    if live.server.kind == "sqlite":
        assert (found["journal_mode"], found["synchronous"]) == ("wal", 2)
    else:
        assert (found["fsync"], found["synchronous_commit"]) == ("on", "on")


def flushes(trace: Path, what: str) -> int:
    """How often a file whose path holds `what` was flushed, as strace saw it."""
    return sum(what in path for path in FLUSH.findall(trace.read_text(errors="replace")))


@contextlib.contextmanager
def traced(pids: list[int], trace: Path) -> Iterator[None]:
    """strace on these processes and what they start meanwhile; `trace` is complete afterwards."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is missing")
    chosen = [part for pid in pids for part in ("-p", str(pid))]
    command = [strace, "-f", "-y", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(trace), *chosen]
    process = subprocess.Popen(command)
    try:
        time.sleep(1)  # until it is attached to every thread
        assert process.poll() is None
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def watched(live: House) -> tuple[list[int], str]:
    """Who flushes, and what: the writer's WAL; the WAL of PostgreSQL by any of its processes."""
    if live.postgres is None:
        return [live.server.pid], "procession.db-wal"
    return [live.postgres.pid, *children(live.postgres.pid)], "/pg_wal/"


@pytest.mark.long
def test_alone_each_commit_has_its_flush(live: House, tmp_path: Path) -> None:
    writer = Writer(live.people[0], live.places[8])
    pids, log = watched(live)
    with traced(pids, tmp_path / "trace"):
        writer.write(live.server, lambda: writer.last >= ALONE)
    found = flushes(tmp_path / "trace", log)
    print(f"{live.server.kind}: {found} flushes for {len(writer.acknowledged)} commits, one at a time")
    assert len(writer.acknowledged) == ALONE
    assert found >= ALONE


@pytest.mark.long
def test_together_each_group_has_its_flush(live: House, tmp_path: Path) -> None:
    """Eight write at once; at most `LARGEST_GROUP` acknowledged commits share a flush, and they do share."""
    writers = live.writers(16)
    pids, log = watched(live)
    groups = committed_groups(live)
    with traced(pids, tmp_path / "trace"):
        end = time.monotonic() + SECONDS
        threads = [
            threading.Thread(target=one.write, args=(live.server, lambda: time.monotonic() > end)) for one in writers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        groups = committed_groups(live) - groups
    found, acknowledged = flushes(tmp_path / "trace", log), sum(len(one.acknowledged) for one in writers)
    print(f"{live.server.kind}: {found} flushes for {acknowledged} commits of {len(writers)} people in {groups} groups")
    assert acknowledged > ALONE
    assert found * LARGEST_GROUP >= acknowledged
    if live.server.kind == "sqlite":
        assert found >= groups > 0


def committed_groups(live: House) -> int:
    """Of the embedded database's writer, from `/metrics`; commits that wrote nothing are among them."""
    with live.server.client() as client:
        text = client.need("GET", "/metrics").body
    found = re.search(r"^procession_commit_group_size_count (\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


@pytest.mark.long
def test_a_killed_database_server_keeps_what_it_acknowledged(durable_postgres: Postgres, tmp_path: Path) -> None:
    """PostgreSQL itself killed under the server: it answers 503, recovers by itself, and nothing is lost."""
    made = house(tmp_path, durable_postgres, f"recovery_{uuid4().hex}")
    writer = Writer(made.people[0], made.places[0])
    writer.write(made.server, lambda: writer.last >= ALONE)
    durable_postgres.kill()
    client = made.server.client(made.people[0])
    assert client.ask("PUT", writer.place.path, writer.body(0)).status == 503
    durable_postgres.restart()
    stored = client.need("GET", writer.place.path).data
    client.close()
    made.server.stop()
    assert stored["title"] == f"Count {ALONE}"
