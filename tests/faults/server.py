"""A real server in a process of its own, spoken to over HTTP: for the fault proofs and the benchmark.

`Server` owns a data directory and starts, kills and restarts `procession serve` on it. `Client` is one keep-alive
connection with a token. Limits are off, as the operator's interface says benchmarks should have them.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds for a start or a stop, on a busy machine
PROGRAM = (sys.executable, "-m", "procession.cli.main")
ROOT = Path(__file__).resolve().parents[2]
GONE = (OSError, http.client.HTTPException)
"""What a request raises when the server is not there, or goes away before it has answered."""


class Refused(Exception):
    """The server answered something else than was expected; the text holds status and body."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def acknowledged(self) -> bool:
        return 200 <= self.status < 300


class Client:
    """One keep-alive connection. After an error the next request connects anew."""

    def __init__(self, port: int, token: str = "", organization: str = "") -> None:
        self.port = port
        self.token = token
        self.prefix = f"/organizations/{organization}" if organization else ""
        self.connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request and its answer, whatever it is. Raises one of `GONE` when there is none."""
        sent = {"Accept": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        text = None if body is None else json.dumps(body)
        try:
            self.connection.request(method, self.prefix + path, text, sent)
            response = self.connection.getresponse()
            raw = response.read()
        except GONE:
            self.connection.close()
            raise
        kind = response.headers.get_content_type()
        read = json.loads(raw) if raw and kind.endswith("json") else raw.decode(errors="replace")
        return Answer(response.status, read, {name.lower(): value for name, value in response.headers.items()})

    def need(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """As `ask`, for what must succeed. Raises `Refused`."""
        answer = self.ask(method, path, body, **headers)
        if not answer.acknowledged:
            message = f"{method} {self.prefix}{path}: {answer.status} {str(answer.body)[:600]}"
            raise Refused(message)
        return answer

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token in one organization."""

    id: int
    token: str
    organization: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """`database_url` none: SQLite in `folder`. `wrapper` comes before the program: a tracer, a profiler."""

    folder: Path
    database_url: str | None = None
    port: int = field(default_factory=free_port)
    wrapper: Sequence[str | Path] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def kind(self) -> str:
        return "postgresql" if self.database_url else "sqlite"

    @property
    def file(self) -> Path:
        """The file of the embedded database."""
        return self.folder / "procession.db"

    def environment(self, fault: str = "") -> dict[str, str]:
        # Unmeasured: whoever is killed tells no coverage, and these proofs need the time for what they prove.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROCESSION_", "COVERAGE_"))}
        kept |= {
            "PROCESSION_DATA_DIR": str(self.folder),
            "PROCESSION_RATE_LIMIT": "off",
            "PROCESSION_HOURLY_LIMITS": "off",
            "PROCESSION_LOG": "warning",
        }
        if self.database_url:
            kept["PROCESSION_DATABASE_URL"] = self.database_url
        if fault:
            kept["PROCESSION_FAULT"] = fault
        return kept

    # -- its command line -------------------------------------------------------------------------------------------

    def command(self, *arguments: str) -> Any:
        """Run a command of the program beside the server; its `--json` answer. Raises `Refused`."""
        done = subprocess.run(
            [*PROGRAM, *arguments, "--json"],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"procession {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            raise Refused(message)
        return json.loads(done.stdout)

    def initialize(self, organization: str) -> Person:
        """The organization with its first administrator."""
        made = self.command("init", "--organization", organization, "--email", "keeper@example.com")
        return Person(made["user_id"], made["access_token"], made["organization_id"])

    def member(self, organization: str, email: str, role: str = "standard") -> Person:
        made = self.command("user", "create", "--email", email, "--role", role, "--organization", organization)
        return Person(made["user_id"], made["access_token"], organization)

    # -- its life ---------------------------------------------------------------------------------------------------

    def start(self, fault: str = "") -> None:
        """Start and wait until it is ready, or has met its `fault`: its worker may be at work before it is ready.

        Raises `Refused` with its log when it does not come up.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, *PROGRAM, "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment(fault),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for whoever started this
            )
        self.wait_ready(met=-signal.SIGKILL if fault else None)

    def wait_ready(self, met: int | None = None) -> None:
        """Also when the process has ended by itself with status `met`."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process is not None and self.process.poll() is None:
            with contextlib.suppress(*GONE), Client(self.port) as client:
                if client.ask("GET", "/health/ready").status == 200:
                    return
            time.sleep(0.05)
        ended = self.process.poll() if self.process is not None else None
        self.kill()
        if ended is not None and ended == met:
            return
        message = f"the server does not start:\n{(self.folder / 'server.log').read_text(errors='replace')[-4000:]}"
        raise Refused(message)

    @property
    def pid(self) -> int:
        if self.process is None:
            raise Refused("the server does not run")
        return self.process.pid

    @property
    def alive(self) -> bool:
        process = self.process  # asked by several threads while another one ends it
        return process is not None and process.poll() is None

    def kill(self) -> None:
        """SIGKILL, to what a wrapper started too."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
            self.process = None

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that is not enough."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE / 2)
        self.kill()

    def client(self, person: Person | None = None) -> Client:
        if person is None:
            return Client(self.port)
        return Client(self.port, person.token, person.organization)
