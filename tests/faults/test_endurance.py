"""Sixty-four connections that read and write for a long time: every request is answered, and memory stays.

`PROCESSION_ENDURANCE_MINUTES` says for how long the long form runs on each database (10 unless set).
"""

import os
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.harness import WRITERS, House, Place, launch
from tests.faults.server import GONE, Client, Person, Server

CONNECTIONS = 64
MINUTES = float(os.environ.get("PROCESSION_ENDURANCE_MINUTES", "10"))
SHORT = 6.0  # seconds of the form that every run of the tests makes
EVERY = 0.2  # seconds between two looks at the memory
MEBIBYTE = 1 << 20

TOLERANCE = 24 * MEBIBYTE
"""By how much the resident memory may differ between the end of the first third and the end.

The caches of SQLite's connections (32 MiB for the writer, 8 for each reader) and of compiled templates are bounded but
fill slowly. In ten minutes a request that left 500 bytes behind would cost more than this.
"""


@dataclass
class Worker:
    """One connection with a task of its own: what it asked, how long each answer took, what was wrong."""

    person: Person
    place: Place
    template: str
    chance: random.Random
    seconds: list[float] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def run(self, server: Server, until: float) -> None:
        """Act after act until that moment. A broken connection is written down and ends it."""
        names = list(ACTS)
        weights = [weight for weight, _ in ACTS.values()]
        client = server.client(self.person)
        try:
            while time.monotonic() < until:
                (name,) = self.chance.choices(names, weights)
                ACTS[name][1](self, client)
        except GONE as error:
            self.wrong.append(f"broken after {sum(self.asked.values())} requests: {error!r}")
        finally:
            client.close()

    def ask(self, client: Client, name: str, method: str, path: str, body: Any = None) -> None:
        before = time.perf_counter()
        answer = client.ask(method, path, body)
        self.seconds.append(time.perf_counter() - before)
        self.asked[name] += 1
        if not answer.acknowledged:
            self.wrong.append(f"{name}: {answer.status} {str(answer.body)[:200]}")

    # -- what it does ---------------------------------------------------------------------------------------------

    def update_task(self, client: Client) -> None:
        number = self.chance.randrange(10**6)
        answers = dict.fromkeys(self.place.fields, f"Answer {number}")
        self.ask(client, "update task", "PUT", self.place.path, {"title": f"Title {number}", "taskdata": answers})

    def update_process(self, client: Client) -> None:
        body = {"name": f"Process {self.chance.randrange(10**6)}"}
        self.ask(client, "update process", "PUT", f"/runs/{self.place.process}", body)

    def read_task(self, client: Client) -> None:
        self.ask(client, "get task", "GET", f"{self.place.path}?with=step,run")

    def list_tasks(self, client: Client) -> None:
        path = self.chance.choice(("/me/tasks?per_page=20", f"/runs/{self.place.process}/tasks", "/tasks?per_page=20"))
        self.ask(client, "list tasks", "GET", path)

    def list_processes(self, client: Client) -> None:
        self.ask(client, "list processes", "GET", "/runs?per_page=20&status=active")

    def complete_and_reopen(self, client: Client) -> None:
        path = f"/runs/{self.place.process}/completed-tasks"
        self.ask(client, "complete", "POST", path, {"task_id": self.place.task})
        self.ask(client, "reopen", "DELETE", f"{path}/{self.place.task}")

    def launch(self, client: Client) -> None:
        order = {"checklist_id": self.template, "name": f"Launched {self.chance.randrange(10**6)}"}
        self.ask(client, "launch", "POST", "/runs", order)


ACTS: dict[str, tuple[int, Callable[[Worker, Client], None]]] = {
    "update task": (30, Worker.update_task),
    "get task": (25, Worker.read_task),
    "list tasks": (15, Worker.list_tasks),
    "list processes": (10, Worker.list_processes),
    "update process": (10, Worker.update_process),
    "complete": (8, Worker.complete_and_reopen),
    "launch": (2, Worker.launch),
}
"""How often of a hundred, and what."""


def workers(house: House) -> list[Worker]:
    """One for each connection, in new processes that both people work in: no two of them have the same task."""
    places: list[Place] = []
    templates: dict[int, str] = {}  # who may launch what: his own
    for number in range(CONNECTIONS // WRITERS):
        starter = house.people[number % 2]
        with house.server.client(starter) as client:
            places += launch(client, house.people, number)
            templates[starter.id] = client.need("GET", f"/runs/{places[-1].process}").data["checklist_id"]
    made = []
    for number, place in enumerate(places):
        person = house.people[number % 2]
        made.append(Worker(person, place, templates[person.id], random.Random(number)))
    return made


def resident(server: Server) -> int:
    """Bytes of memory that the server's process holds."""
    pages = Path(f"/proc/{server.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def work(server: Server, all_of_them: list[Worker], seconds: float) -> list[int]:
    """Let them work for that long; the memory meanwhile, from the end of the first third on."""
    begin = time.monotonic()
    threads = [threading.Thread(target=one.run, args=(server, begin + seconds)) for one in all_of_them]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 3)
    memory = []
    while server.alive and time.monotonic() < begin + seconds:
        memory.append(resident(server))
        time.sleep(EVERY)
    for thread in threads:
        thread.join()
    return memory


def endure(house: House, seconds: float) -> None:
    """Work that long and judge: no error, no broken connection, no growth; what was measured is printed."""
    all_of_them = workers(house)
    memory = work(house.server, all_of_them, seconds)
    asked = sum((one.asked for one in all_of_them), Counter[str]())
    took = statistics.quantiles([second for one in all_of_them for second in one.seconds], n=100)
    share = max(1, len(memory) // 10)
    course = [statistics.median(memory[at : at + share]) for at in range(0, len(memory), share)]
    first, last = course[0], statistics.median(memory[-share:])
    print(
        f"{house.server.kind}: {asked.total()} requests on {CONNECTIONS} connections in {seconds:.0f} s "
        f"({', '.join(f'{count} {name}' for name, count in asked.most_common())}); "
        f"p50 {took[49] * 1000:.0f} ms, p99 {took[98] * 1000:.0f} ms; "
        f"memory from the end of the first third on {', '.join(f'{one / MEBIBYTE:.0f}' for one in course)} MiB"
    )
    wrong = Counter(wrong for one in all_of_them for wrong in one.wrong)
    assert wrong.most_common(10) == []
    assert set(asked) >= set(ACTS)  # the proof is empty where nothing was asked
    assert last - first < TOLERANCE
    assert house.server.alive


def test_seconds_of_reading_and_writing(steady: House) -> None:
    endure(steady, SHORT)


@pytest.mark.long
def test_minutes_of_reading_and_writing(steady: House) -> None:
    endure(steady, MINUTES * 60)
