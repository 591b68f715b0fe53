"""A backup taken while eight write is of one moment: rows, events and jobs agree, and the restored server goes on."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests.faults.harness import House, Toll, Writer, look, look_through_the_server
from tests.faults.server import PROGRAM, ROOT, Server
from tests.faults.stored import rows

BEYOND = (
    "SELECT e.organization_id, max(e.id), (SELECT last_event_id FROM event_seals s "
    "WHERE s.organization_id = e.organization_id) FROM events e GROUP BY e.organization_id"
)
WAITING = "SELECT count(*) FROM jobs WHERE organization_id = ? AND kind = 'events.seal' AND done_at IS NULL"


def run(server: Server, *arguments: str, code: int = 0) -> str:
    """A command of the program that has no `--json`; what it said."""
    done = subprocess.run(
        [*PROGRAM, *arguments], cwd=ROOT, env=server.environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@contextmanager
def writing(house: House, writers: list[Writer]) -> Iterator[None]:
    """Eight who write all the while."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.write, args=(house.server, stop.is_set)) for one in writers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def elsewhere(house: House, folder: Path) -> Server:
    """Another data directory, and another database of the same kind."""
    url = house.postgres.create_database(f"restored_{uuid4().hex}") if house.postgres is not None else None
    return Server(folder, url)


def paths(house: House) -> list[str]:
    found = ["/runs?per_page=100&with=checklist", "/checklists?with=steps", "/users", "/tasks?per_page=100", ""]
    return found + [f"/runs/{one}" for one in {place.process for place in house.places}]


def answers(house: House, server: Server) -> list[tuple[int, str]]:
    """What the administrator reads; links name the server that answers."""
    with server.client(house.people[0]) as client:
        read = [client.ask("GET", path) for path in paths(house)]
    return [(one.status, str(one.body).replace(str(server.port), "PORT")) for one in read]


def test_a_backup_under_load_is_of_one_moment(steady: House, tmp_path: Path) -> None:
    writers = steady.writers(0)
    with writing(steady, writers):
        time.sleep(1)
        before = [set(one.acknowledged) for one in writers]
        said = run(steady.server, "backup", str(tmp_path / "backup.tar.gz"))
        sent = [one.last + 1 for one in writers]  # one request may have been on its way
        time.sleep(0.5)
    assert "holds the secret key" in said
    restored = House(elsewhere(steady, tmp_path / "other"), steady.people, steady.places, steady.postgres)
    run(restored.server, "restore", str(tmp_path / "backup.tar.gz"))
    for writer, acknowledged, last in zip(writers, before, sent, strict=True):
        writer.acknowledged, writer.last = acknowledged, last
    toll = Toll()
    look(restored, writers, toll)
    for organization, newest, sealed in rows(restored.server, BEYOND):
        jobs = rows(restored.server, WAITING, (organization,))[0][0]
        assert newest == sealed or jobs, "events that nothing would seal"
    restored.server.start()
    look_through_the_server(restored, writers, toll)
    restored.server.stop()
    print(toll, steady.server.kind)
    assert toll.wrong == []
    assert sum(map(len, before)) > 8


def test_a_restored_server_gives_equal_answers(steady: House, tmp_path: Path) -> None:
    (steady.server.folder / "files").mkdir(exist_ok=True)
    (steady.server.folder / "files" / "a b.txt").write_text("kept")
    run(steady.server, "backup", str(tmp_path / "backup.tar.gz"))
    expected = answers(steady, steady.server)
    assert {status for status, _ in expected} == {200}
    other = elsewhere(steady, tmp_path / "other")
    run(other, "restore", str(tmp_path / "backup.tar.gz"))
    assert (other.folder / "files" / "a b.txt").read_text() == "kept"
    other.start()
    assert answers(steady, other) == expected
    other.stop()
    assert "into an empty place only" in run(other, "restore", str(tmp_path / "backup.tar.gz"), code=1)
