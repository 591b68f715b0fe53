"""Kill the server while eight write, start it again, and look for what it had acknowledged.

Each writer has a task of its own and counts: request `n` puts `n` into the title and into an answer. After the restart
every acknowledged `n` must have its events, each request's title, answer and events must be there together or not at
all, and the task must show the last request that was stored.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.server import GONE, Answer, Client, Person, Server
from tests.faults.stored import rows, sound, value
from tests.support.postgres import Postgres

WRITERS = 8
PEOPLE = 2  # who write in turn: each of them costs a start of the command line
POINTS = dict.fromkeys(("sqlite", "postgresql"), ("before_commit", "after_commit", "after_reply"))
"""The named points of `kernel.faults` that each database's adapter reaches."""

LONGEST = 10.0  # seconds of writing until a server that did not reach its point is killed by us
AT_CHANCE = (0.2, 1.25)  # seconds of writing before it is killed at no point
UNTOUCHED = "Step "  # how the title of a task begins that nobody has written to

EVENTS = (
    "SELECT command_id, kind, new FROM events WHERE subject_id = ? "
    "AND (kind = 'task.answered' OR kind = 'task.updated' AND field = 'title')"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A task to write to, with its first two text fields."""

    process: str
    task: str
    fields: tuple[str, str]

    @property
    def path(self) -> str:
        return f"/runs/{self.process}/tasks/{self.task}"


@dataclass
class Writer:
    """One person's requests: which were made, which were acknowledged, what else was answered."""

    person: Person
    place: Place
    last: int = 0
    acknowledged: set[int] = field(default_factory=set)
    refused: list[Answer] = field(default_factory=list)

    def body(self, number: int) -> dict[str, Any]:
        return {"title": f"Count {number}", "taskdata": {self.place.fields[0]: f"Count {number}"}}

    def write(self, server: Server, enough: Callable[[], bool]) -> None:
        """Write until it is enough or the server is gone."""
        client = server.client(self.person)
        try:
            while not enough():
                self.last += 1
                answer = client.ask("PUT", self.place.path, self.body(self.last))
                if answer.acknowledged:
                    self.acknowledged.add(self.last)
                elif answer.status != 503:
                    self.refused.append(answer)
        except GONE:
            return
        finally:
            client.close()


@dataclass
class House:
    """A server with one organization, its members, and tasks for eight writers in each process."""

    server: Server
    people: list[Person]
    places: list[Place]
    postgres: Postgres | None = None

    def writers(self, first: int) -> list[Writer]:
        """Eight of them, each with a task of its own from the `first` on."""
        places = self.places[first : first + WRITERS]
        return [Writer(self.people[number % PEOPLE], place) for number, place in enumerate(places)]


def furnish(server: Server, processes: int) -> House:
    """Start the server with an organization, its members and `processes` processes of eight tasks."""
    keeper = server.initialize("Faults")
    people = [server.member(keeper.organization, f"writer{number}@example.com") for number in range(PEOPLE)]
    server.start()
    try:
        with server.client(keeper) as client:
            places = [place for number in range(processes) for place in launch(client, people, number)]
    except BaseException:
        server.stop()
        raise
    return House(server, people, places)


def launch(client: Client, people: list[Person], number: int) -> list[Place]:
    """A process that all of `people` may work in, of a template of eight steps with two text fields each."""
    captures = [{"label": label, "field_type": "text", "required": False} for label in ("First", "Second")]
    places = range(1, WRITERS + 1)
    steps = [{"title": f"{UNTOUCHED}{place}", "position": place, "captures": captures} for place in places]
    body = {"title": f"Faults {number}", "type": "procedure", "steps": steps}
    template = client.need("POST", "/checklists", body).data["id"]
    read = client.need("GET", f"/checklists/{template}?with=steps").data["steps"]["data"]
    fields = {step["id"]: (step["captures"][0]["id"], step["captures"][1]["id"]) for step in read}
    order = {"checklist_id": template, "name": f"Faults {number}", "users": [one.id for one in people]}
    process = client.need("POST", "/runs", order).data["id"]
    tasks = client.need("GET", f"/runs/{process}/tasks?per_page=100").data
    return [Place(process, task["id"], fields[task["step_id"]]) for task in tasks]


@dataclass
class Toll:
    """What happened over all cycles."""

    kills: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    acknowledged: int = 0
    unanswered_but_stored: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kills = ", ".join(f"{count} {how}" for how, count in sorted(self.kills.items()))
        return (
            f"{sum(self.kills.values())} kills ({kills}); {self.acknowledged} acknowledged requests, "
            f"{self.unanswered_but_stored} stored without an answer; {len(self.wrong)} faults"
        )


def cycles(house: House, count: int, seed: int) -> Toll:
    """`count` times: start, write, kill, look. The server is left stopped; nothing is raised for what is wrong."""
    chance = random.Random(seed)
    toll = Toll()
    writers = house.writers(0)
    ways = ("kill", *POINTS[house.server.kind], *(("database",) if house.postgres is not None else ()))
    house.server.stop()
    for number in range(count):
        toll.kills[one_kill(house, writers, ways[number % len(ways)], chance)] += 1
    house.server.start()
    look(house, writers, toll)
    look_through_the_server(house, writers, toll)
    house.server.stop()
    return toll


def one_kill(house: House, writers: list[Writer], way: str, chance: random.Random) -> str:
    """One life of the server, ended in that way; how it ended in fact."""
    fault = f"{way}:{chance.randint(10, 100)}" if way in POINTS[house.server.kind] else ""
    house.server.start(fault)
    stop = threading.Event()
    threads = [
        threading.Thread(target=writer.write, args=(house.server, lambda: stop.is_set() or not house.server.alive))
        for writer in writers
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + (LONGEST if fault else chance.uniform(*AT_CHANCE))
    while house.server.alive and time.monotonic() < deadline:
        time.sleep(0.005)
    ended = way
    if way == "database" and house.postgres is not None:
        house.postgres.kill()
        time.sleep(0.2)  # the server answers 503 meanwhile, and must not believe what was not stored
        house.postgres.restart()
    elif fault and house.server.alive:
        ended = "kill"
    house.server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    return ended


def look(house: House, writers: list[Writer], toll: Toll) -> None:
    """Compare what was acknowledged with the rows that are there."""
    if not sound(house.server):
        toll.wrong.append("the database's own check fails")
    for writer in writers:
        toll.acknowledged += len(writer.acknowledged)
        toll.wrong += [f"{one.status} {str(one.body)[:200]}" for one in writer.refused]
        commands: dict[str, dict[str, str]] = defaultdict(dict)
        for command, kind, new in rows(house.server, EVENTS, (writer.place.task,)):
            read = value(house.server, new)
            if kind == "task.answered":
                commands[command]["answer"] = read["value"]
            else:
                commands[command]["title"] = read
        stored = {int(one["title"].split()[1]) for one in commands.values() if "title" in one}
        toll.wrong += [f"half applied: {one}" for one in commands.values() if one.get("title") != one.get("answer")]
        toll.wrong += [f"lost: {number}" for number in sorted(writer.acknowledged - stored)]
        toll.wrong += [f"never sent: {number}" for number in sorted(stored - set(range(1, writer.last + 1)))]
        toll.wrong += ["stored twice"] * (len(commands) - len(stored))
        toll.unanswered_but_stored += len(stored - writer.acknowledged)


def look_through_the_server(house: House, writers: list[Writer], toll: Toll) -> None:
    """What people see is the last request that was stored, whole; and everybody can write again."""
    for writer in writers:
        with house.server.client(writer.person) as client:
            task = client.need("GET", writer.place.path).data
            answer = task["taskdata"].get(writer.place.fields[0])
            untouched = answer is None and task["title"].startswith(UNTOUCHED)
            if task["title"] != answer and not untouched:
                toll.wrong.append(f"title {task['title']!r} beside answer {answer!r}")
            if (0 if untouched else int(task["title"].split()[1])) < max(writer.acknowledged, default=0):
                toll.wrong.append(f"the task shows {task['title']!r} after {max(writer.acknowledged)} was acknowledged")
            writer.last += 1
            client.need("PUT", writer.place.path, writer.body(writer.last))


def house(folder: Path, postgres: Postgres | None, name: str, processes: int = 1) -> House:
    """A furnished server in `folder`, embedded or on a database of `postgres`."""
    url = postgres.create_database(name) if postgres is not None else None
    made = furnish(Server(folder, url), processes)
    made.postgres = postgres
    return made
