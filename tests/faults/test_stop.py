"""SIGTERM under load: what was accepted is answered, what was acknowledged is stored, the end comes soon."""

import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from procession.kernel.clock import Clock
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.operations.databases import open_database
from procession.operations.settings import load
from tests.faults.harness import House, Place
from tests.faults.server import GONE, PROGRAM, ROOT, Client, Person, Server
from tests.faults.stored import rows, value
from tests.support.postgres import Postgres

CONNECTIONS = 64
LIMIT = 30.0  # seconds from SIGTERM to the end (operator's interface)

TITLES = "SELECT new FROM events WHERE subject_id = ? AND kind = 'task.updated' AND field = 'title'"


@dataclass
class Load:
    """One connection that writes one title after the other until the server accepts no connection any more."""

    person: Person
    place: Place
    name: str
    sent: int = 0
    acknowledged: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def run(self, server: Server) -> None:
        client = server.client(self.person)
        try:
            while self.connected(client):
                self.sent += 1
                self.ask(client, f"{self.name}-{self.sent}")
        finally:
            client.close()

    def connected(self, client: Client) -> bool:
        """Whether there is a connection: an answer that said "close" has ended the last one."""
        if client.connection.sock is None:
            try:
                client.connection.connect()
            except OSError:
                return False
        return True

    def ask(self, client: Client, title: str) -> None:
        try:
            answer = client.ask("PUT", self.place.path, {"title": title})
        except GONE as error:
            self.wrong.append(f"{title}: accepted and not answered: {error!r}")
            return
        if answer.acknowledged:
            self.acknowledged.add(title)
        elif answer.status != 503:
            self.wrong.append(f"{title}: {answer.status}")


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, float]:
    """SIGTERM to the main process, as a supervisor sends it: exit code, and seconds until the end."""
    before = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code = process.wait(LIMIT)
    return code, time.monotonic() - before


def test_a_stop_under_load_drops_nothing(steady: House) -> None:
    tag = uuid4().hex[:8]
    loads = [
        Load(steady.people[number % 2], steady.places[number % len(steady.places)], f"{tag}-{number}")
        for number in range(CONNECTIONS)
    ]
    threads = [threading.Thread(target=one.run, args=(steady.server,)) for one in loads]
    for thread in threads:
        thread.start()
    time.sleep(2)
    process = steady.server.process
    assert process is not None
    code, seconds = ended(process)
    for thread in threads:
        thread.join(LIMIT)
    steady.server.kill()
    acknowledged = set().union(*(one.acknowledged for one in loads))
    print(f"{len(acknowledged)} acknowledged on {CONNECTIONS} connections, ended after {seconds:.1f} s")
    assert code == 0
    assert [one for load in loads for one in load.wrong] == []
    assert len(acknowledged) > CONNECTIONS
    stored = {
        value(steady.server, new) for place in steady.places for (new,) in rows(steady.server, TITLES, (place.task,))
    }
    assert acknowledged - stored == set()
    steady.server.start()
    with steady.server.client(steady.people[0]) as client:
        client.need("GET", steady.places[0].path)


# -- `procession worker` -----------------------------------------------------------------------------------------------

RECORDED = Event(kind="task.updated", verb="updated", subject_kind="task", subject_id=new_id())


def program(server: Server, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        env=server.environment() | {"PROCESSION_LOG": "info"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def leave_job(server: Server, organization: str) -> None:
    """An event, as a use case records it, and with it the job that seals it at once."""
    database = open_database(load(server.environment(), folder=server.folder))
    past = Clock().now() - timedelta(minutes=1)
    database.command_now(lambda session: Unit(session, organization, past).record([RECORDED]))
    database.close()


def waiting(server: Server) -> int:
    return int(rows(server, "SELECT count(*) FROM jobs WHERE done_at IS NULL")[0][0])


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_worker_of_its_own_runs_what_servers_leave(kind: str, durable_postgres: Postgres, tmp_path: Path) -> None:
    """On SQLite it keeps servers and further workers off; other commands go on beside it."""
    url = durable_postgres.create_database(f"worker_{uuid4().hex}") if kind == "postgresql" else None
    server = Server(tmp_path / "data", url)
    keeper = server.initialize("Alone")
    leave_job(server, keeper.organization)
    assert waiting(server) == 1
    worker = program(server, "worker", "--concurrency", "2")
    try:
        deadline = time.monotonic() + LIMIT
        while waiting(server) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert waiting(server) == 0
        if kind == "sqlite":
            for command in (("serve", "--port", str(server.port)), ("worker",)):
                second = program(server, *command)
                assert b"Another server or worker is running" in second.communicate(timeout=LIMIT)[1]
                assert second.returncode == 1
        server.member(keeper.organization, "beside@example.com")
        code, seconds = ended(worker)
        assert (code, seconds < LIMIT) == (0, True)
    finally:
        worker.kill()
        worker.communicate()
