"""A PostgreSQL server for tests: private, on a socket in a temporary folder, gone when its owner is gone.

What is tested connects as an ordinary role that owns its databases: a superuser passes every row-level policy
(architecture §4). The server's end is sure three ways: `stop()`, the interpreter's exit, and a watchdog that notices
the end of a killed owner by the closing of a pipe.
"""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from tests.support.binaries import Identity, binaries, identity, scratch_folder

ROLE = "procession"
SUPERUSER = "postgres"
PATIENCE = 60.0  # seconds for a start or a stop, on a busy machine
RETRIES = 10.0  # seconds in which a server that ends at once is started again
PORT = 5432  # names the socket file only: the server listens on no network

# The read ends with the owner, however it ends. SIGQUIT: at once, without a checkpoint; the data goes anyway.
WATCHDOG = """
read -r _
ours() {
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && { [ ! -d /proc/self ] || grep -Fqs "$1" "/proc/$pid/cmdline"; }
}
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
ours "$1" && kill -QUIT "$pid"
tries=0
while ours "$1" && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
rm -rf "$1"
"""


@dataclass(frozen=True, slots=True)
class Databases:
    """The databases of a running server, for any process that may open its socket."""

    socket_folder: Path

    def url(self, database: str, role: str = ROLE) -> str:
        return f"postgresql://{role}@/{database}?host={self.socket_folder}&port={PORT}"

    def create_database(self, name: str, template: str = "template0") -> str:
        """A database owned by the ordinary role, empty or a copy of `template`, and its URL for that role."""
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}")
        self.execute(statement.format(sql.Identifier(name), sql.Identifier(ROLE), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drops it if it exists, and whoever is connected to it."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def execute(self, statement: sql.Composed) -> None:
        """One statement as superuser, outside a transaction."""
        with psycopg.connect(self.url(SUPERUSER, SUPERUSER), autocommit=True) as connection:
            connection.execute(statement)


class Postgres:
    """One server with its own data folder. Start it with `Postgres.start()`."""

    def __init__(self, folder: Path, programs: Path, user: Identity, *, fsync: bool) -> None:
        self.folder = folder
        self.programs = programs
        self.user = user
        self.fsync = fsync
        self.databases = Databases(folder)
        self.process: subprocess.Popen[bytes] | None = None
        self.watchdog: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, *, fsync: bool = True) -> Self:
        """A new server; ready when this returns.

        `fsync=False` is for suites that do not prove durability: commits do not wait for the disk.
        Raises `RuntimeError` with the server's log when it does not come up.
        """
        user = identity()
        folder = scratch_folder(user)
        try:
            server = cls(folder, binaries(folder, user), user, fsync=fsync)
        except BaseException:
            shutil.rmtree(folder)
            raise
        try:
            server.watch()
            server.initialize()
            server.launch()
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def pid(self) -> int:
        """The server's main process. Raises `RuntimeError` while it does not run."""
        if self.process is None:
            message = "the server does not run"
            raise RuntimeError(message)
        return self.process.pid

    def create_database(self, name: str, template: str = "template0") -> str:
        return self.databases.create_database(name, template)

    def drop_database(self, name: str) -> None:
        self.databases.drop_database(name)

    def stop(self) -> None:
        """Ends the server and removes its data. A second time: nothing."""
        atexit.unregister(self.stop)
        self.halt()
        if self.watchdog is not None:
            self.watchdog.communicate()  # closes its pipe: it sees nothing to end and removes the folder
            self.watchdog = None

    def kill(self) -> None:
        """SIGKILL to the server's main process and all its children at once; data and socket stay as they were."""
        os.kill(self.pid, signal.SIGSTOP)  # no new child between the look and the kill
        for pid in (*children(self.pid), self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.ended()

    def restart(self) -> None:
        """Stops the server if it runs (connections are cut, nothing committed is lost) and starts it on its data."""
        self.halt()
        self.launch()

    def halt(self) -> None:
        if self.process is None:
            return
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, by force
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.send_signal(how)
                self.ended()
                return
        message = "the server does not end"
        raise RuntimeError(message)

    def ended(self) -> None:
        if self.process is not None:
            self.process.wait(PATIENCE)
            self.process = None

    def watch(self) -> None:
        """Starts the watchdog, in a session of its own: what ends the test run's process group spares it."""
        command = ["/bin/sh", "-c", WATCHDOG, "watchdog", str(self.folder)]
        self.watchdog = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        atexit.register(self.stop)

    def initialize(self) -> None:
        """Makes the data folder. Nobody needs a password: only this user and root may enter the socket's folder."""
        command = [self.programs / "initdb", "-D", self.folder / "data", "-U", SUPERUSER, "-A", "trust"]
        made = subprocess.run(
            [*command, "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"],
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **self.user.popen(),  # type: ignore[call-overload]
        )
        if made.returncode:
            message = f"initdb failed:\n{made.stdout}{made.stderr}"
            raise RuntimeError(message)

    def launch(self) -> None:
        """Starts the server and waits for it. After a kill the old one's shared memory may take a moment to be free."""
        begin = time.monotonic()
        while not self.launched_before(begin + PATIENCE):
            if self.process is not None or time.monotonic() > begin + RETRIES:
                self.halt()
                message = f"PostgreSQL does not start:\n{(self.folder / 'log').read_text(errors='replace')}"
                raise RuntimeError(message)
            time.sleep(0.2)

    def launched_before(self, deadline: float) -> bool:
        """Whether one attempt to start the server ended with a server that answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests
                **self.user.popen(),  # type: ignore[call-overload]
            )
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                self.process = None
                return False
            with contextlib.suppress(psycopg.OperationalError):
                self.ensure_role()
                return True
            time.sleep(0.02)
        return False

    def command(self) -> list[str | Path]:
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
            "dynamic_shared_memory_type": "mmap",  # in the data folder: a kill leaves nothing in /dev/shm
            "fsync": "on" if self.fsync else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.programs / "postgres", "-D", self.folder / "data", *options]

    def ensure_role(self) -> None:
        """The ordinary role: it logs in, owns its databases, and may nothing else."""
        statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")
        with psycopg.connect(self.databases.url(SUPERUSER, SUPERUSER), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone() is None:
                connection.execute(statement.format(sql.Identifier(ROLE)))


def children(pid: int) -> list[int]:
    """The child processes, where the system tells them (Linux); else none: they notice the death of their parent."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def environment() -> dict[str, str]:
    """Ours without settings for PostgreSQL's programs and without a language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}
