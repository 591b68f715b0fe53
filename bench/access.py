"""What knowing who calls and what he may costs, and what people who sign in cost everybody else (embedded database).

The first figure is a share of samples: py-spy looks at the server 500 times a second while tasks are updated; a sample
counts when somewhere on its stack somebody is authenticated or his rights are decided. The second is the rate of
updates while sign-ins hash without pause, over the rate without them, in turn.
"""

import itertools
import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.profile import PROGRAM, RATE, layer
from bench.rules import row
from bench.targets import Procession
from bench.wrk import shoot
from procession.accounts.passwords import Hashing, Work, set_password
from procession.accounts.people import account, change_account
from procession.kernel.clock import Clock
from procession.kernel.ids import NOWHERE
from procession.kernel.unit import Unit
from procession.operations.databases import open_database
from procession.operations.first import ensure_account
from procession.operations.settings import load

CONNECTIONS = 8
PASSWORD = "Correct1horse"
SHARE, KEPT = 0.15, 0.4
"""What has to be reached: at most this share of the processor time, at least this share of the rate."""
PEOPLE = 120
"""Enough that nobody signs in more often than ten times a minute."""
HASHERS = 4
OURS = ("people/authenticate.py", "people/permissions.py", "/access.py", "server/scopes.py", "server/read_only.py")
"""Files whose functions authenticate somebody or decide what he may."""

Row = dict[str, Any]


def access(folder: Path, rounds: int, seconds: int) -> list[Row]:
    """Both figures."""
    target = Procession("SQLite", folder, launch_steps=0)
    try:
        target.start()
        addresses = passwords(target)
        shoot(target, "update", target.data["update"], CONNECTIONS, 2)
        shares = [share(target, folder / f"raw-{number}.txt", seconds) for number in range(rounds)]
        kept, hashed = zip(*(beside(target, addresses, seconds) for _ in range(rounds)), strict=True)
    finally:
        target.stop()
    if not all(hashed):
        raise RuntimeError("no sign-in succeeded: nothing was hashed")
    rows = [
        row("authentication and authorization, share of the server's samples", shares, SHARE),
        row("rate of updates while sign-ins hash, over the rate without", list(kept), KEPT, at_least=True),
    ]
    return [{**one, "requests": 0, "refused": 0, "broken": 0} for one in rows]


def passwords(target: Procession) -> list[str]:
    """People who can sign in; their addresses. One hash, as the server makes them, is everybody's."""
    settings = load(environment=target.running.environment())
    database, now = open_database(settings), Clock().now()
    found = Hashing().do(Work(fresh=PASSWORD)).fresh or ""
    addresses = [f"person-{number}@example.com" for number in range(PEOPLE)]
    try:
        for address in addresses:
            database.command_now(lambda session, one=address: _person(Unit(session, NOWHERE, now), one, found))
    finally:
        database.close()
    return addresses


def _person(unit: Unit, address: str, found: str) -> None:
    account_id = ensure_account(unit, address, "Pat Person")
    set_password(unit, account_id, found)
    person = account(unit, account_id)
    assert person is not None
    change_account(unit, person, {"profile": {"email_verified_at": f"{unit.now:%Y-%m-%dT%H:%M:%SZ}"}})


def counted(stacks: Iterable[str]) -> tuple[int, int]:
    """Samples that authenticate or decide, and all that did something, of py-spy's raw format."""
    found: Counter[bool] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        if stack and count.isdigit() and layer(stack.split(";")) is not None:
            found[any(part in stack for part in OURS)] += int(count)
    return found[True], found.total()


def share(target: Procession, raw: Path, seconds: int) -> float:
    """The share of one round."""
    command = [PROGRAM, "record", "--pid", str(target.running.pid), "--rate", str(RATE), "--duration", str(seconds)]
    spy = subprocess.Popen(
        [*command, "--format", "raw", "--output", str(raw), "--full-filenames"], stdout=subprocess.DEVNULL
    )
    shoot(target, "update", target.data["update"], CONNECTIONS, seconds + 2)
    spy.wait(120)
    ours, every = counted(raw.read_text().splitlines())
    return ours / every


def beside(target: Procession, addresses: list[str], seconds: int) -> tuple[float, int]:
    """The rate with sign-ins over the rate without, and how many signed in."""
    alone = rate(target, seconds)
    with signing_in(target.running.port, addresses) as done:
        time.sleep(1)  # until the hashing threads are busy
        together = rate(target, seconds)
    return together / alone, done[200]


def rate(target: Procession, seconds: int) -> float:
    """Updates a second."""
    got = shoot(target, "update", target.data["update"], CONNECTIONS, seconds)
    return float(got["requests"] / got["microseconds"] * 1e6)


@contextmanager
def signing_in(port: int, addresses: list[str]) -> Iterator[Counter[int]]:
    """Somebody signs in all the time, several at once; how often, by the status of the answers."""
    turns, end = itertools.cycle(addresses), threading.Event()
    done: Counter[int] = Counter()

    def loop() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        while not end.is_set():
            body = json.dumps({"email": next(turns), "password": PASSWORD})
            connection.request("POST", "/auth/login", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            done[answer.status] += 1
        connection.close()

    threads = [threading.Thread(target=loop) for _ in range(HASHERS)]
    for one in threads:
        one.start()
    try:
        yield done
    finally:
        end.set()
        for one in threads:
            one.join()
