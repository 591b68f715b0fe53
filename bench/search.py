"""What finding and listing cost in a large organization: processor time and memory of the server (spec 50 §6).

The embedded database. Ratios are of one run.
"""

import http.client
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.memory import forget_peak, peak, resident
from bench.rules import row
from bench.targets import HOST, Procession, cpu_seconds
from tests.faults.server import PATIENCE as ANSWER
from tests.faults.server import Client, Person

Row = dict[str, Any]

FOUND = 20
"""So many processes are called by both words, in the small organization as in the large one."""
WORDS = "quokka zeppelin"
PATIENCE = 3600.0
"""Seconds in which the worker indexes what was made."""


def search(folder: Path, sizes: tuple[int, int], rounds: int, seconds: int) -> list[Row]:
    """Every figure with what it has to reach. `sizes`: tasks of the two organizations; `seconds`: of each side."""
    times = 20 * seconds
    targets = [
        Procession(f"{size:,} tasks", folder / str(size), processes=size // 20, launch_steps=0) for size in sizes
    ]
    found: dict[int, list[float]] = {size: [] for size in sizes}
    reads: list[float] = []
    lists: list[float] = []
    streams: list[float] = []
    try:
        for target in targets:
            target.start()
            with target.running.client(target.content.starter) as client:
                make(client, target)
        for _ in range(rounds):
            for size, target in zip(sizes, targets, strict=True):
                with target.running.client(target.content.starter) as client:
                    path = f"/search?search={WORDS.replace(' ', '%20')}&on=process"
                    found[size].append(cpu(target, lambda client=client, path=path: client.need("GET", path), times))
                    if size == sizes[1]:
                        one = client.need("GET", "/tasks?per_page=1").data[0]["id"]
                        reads.append(
                            cpu(target, lambda client=client, one=one: client.need("GET", f"/tasks/{one}"), times)
                        )
                with target.running.client(keeper_of(target)) as keeper:
                    if size == sizes[1]:
                        lists.append(1000 * cpu(target, lambda keeper=keeper: keeper.need("GET", "/tasks"), times))
            streams.append(growth(targets[1], size=sizes[1]))
    finally:
        for target in targets:
            target.stop()
    small, large = sizes
    rows = [
        row(
            f"Search for two words in {large:,} tasks / reading one task",
            over(found[large], reads),
            30.0,
            unit=" times",
        ),
        row(f"{FOUND} results of {large:,} tasks / of {small:,}", over(found[large], found[small]), 1.5, unit=" times"),
        row(f"The list of everything with its totals, {large:,} tasks", lists, 40.0, unit=" ms"),
        row(f"Memory above rest while {large:,} tasks leave as CSV", streams, 32.0, unit=" MiB"),
    ]
    return [{**one, "requests": 0, "refused": 0, "broken": 0} for one in rows]


def over(above: list[float], below: list[float]) -> list[float]:
    return [one / statistics.median(below) for one in above]


def cpu(target: Procession, act: Callable[[], Any], times: int) -> float:
    """Processor time of the server for one act, in seconds."""
    act()
    before = cpu_seconds(target.pids())
    for _ in range(times):
        act()
    return (cpu_seconds(target.pids()) - before) / times


def keeper_of(target: Procession) -> Person:
    """The administrator, who sees everything."""
    assert target.keeper is not None
    return target.keeper


def growth(target: Procession, size: int) -> float:
    """How far the server's memory grows while every task leaves as CSV, in MiB."""
    rest = resident(target)
    forget_peak(target)
    if (lines := export(target.running.port, keeper_of(target))) < size:
        raise RuntimeError(f"{lines:,} lines of {size:,} tasks")
    return peak(target) - rest


def export(port: int, by: Person) -> int:
    """The lines of the CSV, read as they come."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER)
    path = f"/organizations/{by.organization}/tasks/export?format=csv"
    connection.request("GET", path, headers={"Authorization": f"Bearer {by.token}"})
    answer = connection.getresponse()
    lines = 0
    while data := answer.read(65_536):
        lines += data.count(b"\n")
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"the export was refused: {answer.status}")
    return lines


def make(client: Client, target: Procession) -> None:
    """Launch what is searched for, and wait until it is found: the worker indexes in the order of the changes."""
    template = client.need("GET", "/checklists?per_page=1").data[0]["id"]
    for number in range(FOUND):
        client.need("POST", "/runs", {"checklist_id": template, "name": f"Quokka {number} Zeppelin"})
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = client.need("GET", "/search?search=quokka%20zeppelin&on=process").body
        if answer["process"]["meta"]["pagination"]["total"] == FOUND:
            return
        time.sleep(1)
    raise RuntimeError(f"{target.name}: what was made is not found")
