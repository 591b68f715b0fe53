"""One measurement: wrk with one of the scripts against one target, and what it cost in processor time."""

import json
import os
import random
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.targets import HERE, Target, cpu_seconds, pause, resume
from tests.faults.server import Client

THREADS = 2
WARM_UP = 1
SAMPLE = 400


class NotMeasured(Exception):
    """The figures would mean nothing: requests failed, or changed nothing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run: requests per second, latency in ms, processor time in µs per request (server and its database)."""

    target: str
    script: str
    connections: int
    requests: int
    rate: float
    p50: float
    p99: float
    cpu: float
    database_cpu: float
    refused: int
    broken: int

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def shoot(target: Target, script: str, rows: Path, connections: int, seconds: int) -> dict[str, Any]:
    """Run wrk; the line of figures that the script prints at the end."""
    environment = os.environ | {"BENCH_DIR": str(HERE), "BENCH_DATA": str(rows), "BENCH_THREADS": str(THREADS)}
    command = ["wrk", f"-t{THREADS}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s"]
    done = subprocess.run(
        [*command, str(HERE / f"{script}.lua"), target.url],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^BENCH (.*)$", done.stdout, re.MULTILINE)
    if done.returncode or found is None:
        raise NotMeasured(f"wrk failed on {target.name}:\n{done.stdout}{done.stderr}")
    figures: dict[str, Any] = json.loads(found[1])
    return figures


def measure(target: Target, script: str, connections: int, seconds: int, rows: Path | None = None) -> Figures:
    """Warm up, then measure; the target runs meanwhile and is paused before and after.

    Raises `NotMeasured` when nothing was answered; refused and broken requests are counted and judged by the caller.
    """
    data = rows or target.data[script]
    resume(target)
    try:
        shoot(target, script, data, connections, WARM_UP)
        server, database = cpu_seconds(target.pids()), cpu_seconds(target.database_pids())
        got = shoot(target, script, data, connections, seconds)
        server, database = cpu_seconds(target.pids()) - server, cpu_seconds(target.database_pids()) - database
    finally:
        pause(target)
    if not got["requests"]:
        raise NotMeasured(f"{target.name} answered nothing: {got}")
    return Figures(
        target=target.name,
        script=script,
        connections=connections,
        requests=got["requests"],
        rate=round(got["requests"] / got["microseconds"] * 1e6, 1),
        p50=got["p50"] / 1000,
        p99=got["p99"] / 1000,
        cpu=round(server / got["requests"] * 1e6, 1),
        database_cpu=round(database / got["requests"] * 1e6, 1),
        refused=got["refused"],
        broken=got["broken"],
    )


PROOFS = {
    "update": (r"Review contract (\d+)", r"Checked as agreed, number (\d+)"),
    "process": (r"Onboarding (\d+)", r"Customer (\d+)"),
}


def prove(target: Target, script: str) -> None:
    """What was sent is stored: of a sample of rows, those that were changed hold one request's values throughout.

    Raises `NotMeasured`.
    """
    head, *rows = target.data[script].read_text().splitlines()
    token = dict(pair.split("=", 1) for pair in head.split())["token"]
    found = 0
    resume(target)
    client = Client(int(target.url.rpartition(":")[2]), token)
    for row in random.sample(rows, min(SAMPLE, len(rows))):
        text = json.dumps(
            client.need("GET", row.split()[0] + ("?with=form_fields" if script == "process" else "")).body
        )
        title, answer = (re.search(pattern, text) for pattern in PROOFS[script])
        if title is not None and answer is not None:
            found += 1
            if title[1] != answer[1]:
                raise NotMeasured(f"{target.name}: title of request {title[1]} beside answer of request {answer[1]}")
    client.close()
    pause(target)
    if not found:
        raise NotMeasured(f"{target.name}: nothing of what was sent is stored")
