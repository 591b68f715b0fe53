"""Every command of README.md and docs/api.md is run on the demo, as a reader would, and answers what the page says."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import msgspec
import pytest
from psycopg import sql

from procession.operations.first import First
from procession.operations.run import prepare
from procession.operations.settings import load, secret_key
from procession.search.following import Follower
from tests.readme.blocks import ROOT, Block, blocks_of, check_output
from tests.support.postgres import Databases
from tests.support.server import NO_TLS, Running

README = blocks_of("README.md")
HERE = "http://127.0.0.1:8000"
BETWEEN = "-- end of block --"
TARGETS = ("run", "dev", "test", "lint", "bench", "faults")


class Desk(msgspec.Struct, frozen=True):
    """A folder in which somebody follows the page: `data/` of a first run, `.venv/bin`, a server that answers."""

    folder: Path
    base: str

    def environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PROCESSION_")}
        return kept | {"PATH": path, "PROCESSION_DATA_DIR": str(self.folder / "data")}

    def run(self, *command: str, **more: str) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment() | more,
            capture_output=True,
            text=True,
            timeout=180,  # two cores that run other tests as well
            check=False,
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}{done.stderr}"
        return done.stdout

    def follow(self, blocks: list[Block]) -> None:
        """Run shell blocks in one shell, Python ones in a Python each, and compare."""
        shell = [one for one in blocks if one.language == "sh"]
        script = "".join(f"{one.text}\necho; echo '{BETWEEN}'\n" for one in shell)
        outputs = self.run("bash", "-euo", "pipefail", "-c", script.replace(HERE, self.base)).split(f"\n{BETWEEN}\n")
        for block, output in zip(shell, outputs, strict=False):
            check_output(block, output)
        assert len(outputs) == len(shell) + 1
        for block in blocks:
            if block.language == "python":
                check_output(block, self.run(sys.executable, "-c", block.text.replace(HERE, self.base)))


def desk_in(folder: Path, base: str) -> Desk:
    """A desk with the program where a checkout has it."""
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(Path(sys.executable).parent)
    return Desk(folder, base)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The first run has been, and the server answers."""
    settings = load({"PROCESSION_DATA_DIR": str(tmp_path / "data"), "PROCESSION_RATE_LIMIT": "off"}, folder=tmp_path)
    assert prepare(settings, HERE) is not None
    secret_key(settings)
    running = Running(settings)
    Follower(running.database, running.clock).index_all()  # as the worker of a first run does while one reads
    yield desk_in(tmp_path, running.base)
    running.stop()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def serving(desk: Desk, command: list[str], port: int) -> str:
    """Start what serves, wait until it answers, end it as an operator does; what it printed."""
    process = subprocess.Popen(
        command, cwd=desk.folder, env=desk.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                assert httpx2.get(f"http://127.0.0.1:{port}/health", verify=NO_TLS).status_code == 200
                break
            except httpx2.ConnectError:
                assert process.poll() is None and time.monotonic() < deadline, process.communicate()[0]
                time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        printed = process.communicate(timeout=30)[0]
    assert process.returncode in (0, -signal.SIGTERM), printed
    return printed


def tagged(tag: str) -> Block:
    return next(one for one in README if one.tag == tag)


def test_every_block_is_known() -> None:
    """A block that no test here runs does not get in."""
    assert {one.language for one in README} == {"sh", "python", "sql"}
    tags = {one.tag for one in README if one.language == "sh"}
    assert tags == {None, "start", "own", "own-serve", "postgresql", "make"}


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour is told with curl")
def test_the_tour(desk: Desk) -> None:
    desk.follow([one for one in README if one.tag is None and one.language != "sql"])


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page is told with curl")
def test_the_api_by_example(desk: Desk) -> None:
    blocks = blocks_of("docs/api.md")
    assert {one.language for one in blocks} == {"sh"}
    desk.follow(blocks)


def dry_make(*arguments: str) -> str:
    """What `make` would do; the Python is named, or it would try every one there is."""
    command = ["make", "--no-print-directory", "-n", f"PYTHON={sys.executable}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
def test_make_run_starts_with_the_demo(tmp_path: Path) -> None:
    """What `make run` starts is read from the Makefile; the environment it makes first is the one the tests run in."""
    port = free_port()
    recipe = dry_make("run", f"ARGS=--port {port}")
    program = re.search(r"-m (procession\S*) (run .*)$", recipe, re.MULTILINE)
    assert program is not None, recipe
    assert tagged("start").text.split() == ["make", "run"]
    desk = desk_in(tmp_path, HERE)
    command = [sys.executable, "-m", program[1], *program[2].split()]
    printed = serving(desk, command, port).replace(f"127.0.0.1:{port}", "127.0.0.1:8000")
    check_output(tagged("start"), printed)
    token = re.search(r"access token: +(\S+)", printed)
    assert token is not None
    assert token[1] in serving(desk, command, port), "again: the same print"


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
def test_the_targets_of_make() -> None:
    """They are there; running them all is what CI and `make faults` do."""
    named = [line.split()[1] for one in (tagged("start"), tagged("make")) for line in one.text.splitlines()]
    assert named == list(TARGETS)
    assert dry_make(*TARGETS)


def follow_own(desk: Desk, block: Block, organization: str) -> str:
    return desk.run("bash", "-euo", "pipefail", "-c", block.text, ORGANIZATION_ID=organization)


def test_an_organization_of_ones_own(tmp_path: Path) -> None:
    """`init` prints the id that the next line needs: the page's reader puts it in, so does this."""
    desk = desk_in(tmp_path, HERE)
    init, *others = tagged("own").text.splitlines(keepends=True)
    made = re.search(r"organization id: +(\w{32})", follow_own(desk, Block("sh", None, init), ""))
    assert made is not None
    printed = follow_own(desk, Block("sh", None, "".join(others)), made[1])
    assert printed.count("access token") == 2
    port = free_port()
    serving(desk, tagged("own-serve").text.replace("8000", str(port)).split(), port)


def test_on_postgresql(tmp_path: Path, postgres: Databases) -> None:
    """The role and the database as the page makes them, then the program as that role."""
    statements = [line for one in README if one.language == "sql" for line in one.text.splitlines()]
    role, base = (f"readme_{os.getpid()}_{name}" for name in ("role", "base"))
    url = postgres.url(base, role)
    try:
        for line in statements:
            own = line.replace("ROLE procession", f"ROLE {role}").replace("OWNER procession", f"OWNER {role}")
            own = own.replace("DATABASE procession", f"DATABASE {base}")
            postgres.execute(sql.SQL(own).format())
        first, _, commands = tagged("postgresql").text.partition("\n")
        assert first == "export PROCESSION_DATABASE_URL=postgresql://procession:change-me@localhost/procession"
        desk = desk_in(tmp_path, HERE)
        script = f"export PROCESSION_DATABASE_URL='{url}'\n{commands}"
        printed = desk.run("bash", "-euo", "pipefail", "-c", script)
        assert "access token" in printed
    finally:
        postgres.drop_database(base)
        postgres.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def test_the_first_run_is_kept_for_scripts(desk: Desk) -> None:
    """What the tour reads: `data/first-run.json`."""
    first = msgspec.json.decode((desk.folder / "data/first-run.json").read_bytes(), type=First)
    assert first.api_url == f"{HERE}/api"
