"""Fills a Procession server over its own interfaces: command line for people, HTTP for templates and processes.

An ordinary standard member makes the template and launches, so that what is measured afterwards passes through the
whole authorization and not through an administrator's shortcut.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.server import Client, Person, Server

MEMBERS = 20
CONNECTIONS = 4
PAGE = 100
OPTIONS = [{"id": number, "text": f"Option {number}", "value": None} for number in range(1, 6)]
FORM = (("Note", "text"), ("Choice", "dropdown"), ("Day", "date"))
"""The fields of every step and of the kick-off form; the scripts send their answers in this order."""


@dataclass(frozen=True, slots=True)
class Template:
    id: str
    kickoff: tuple[str, ...]
    steps: dict[str, tuple[str, ...]]
    """Step id to its field ids."""


@dataclass
class Filled:
    """What a server was filled with; `tasks` are (process, task, step)."""

    people: list[Person]
    template: Template
    processes: list[str] = field(default_factory=list)
    tasks: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def starter(self) -> Person:
        return self.people[0]


def people(server: Server, keeper: Person, count: int = MEMBERS) -> list[Person]:
    """Standard members of the organization of its administrator, who made them and does little else."""
    return [server.member(keeper.organization, f"member{number}@example.com") for number in range(count)]


def fields() -> list[dict[str, Any]]:
    return [
        {"label": label, "field_type": kind, "required": False, "options": OPTIONS if kind == "dropdown" else []}
        for label, kind in FORM
    ]


def template(client: Client, steps: int, **given: list[Any]) -> Template:
    """A template of `steps` steps with three fields each, and three kick-off fields. `given`: who each step goes to."""
    body = {
        "title": f"Onboarding in {steps} steps",
        "type": "procedure",
        "prerun": fields(),
        "steps": [
            {"title": f"Step {number}", "position": number, "captures": fields(), **given}
            for number in range(1, steps + 1)
        ],
    }
    made = client.need("POST", "/checklists", body).data["id"]
    read = client.need("GET", f"/checklists/{made}?with=steps").data
    return Template(
        made,
        tuple(one["id"] for one in read["prerun"]),
        {step["id"]: tuple(one["id"] for one in step["captures"]) for step in read["steps"]["data"]},
    )


def fill(server: Server, processes: int, steps: int, members: list[Person]) -> Filled:
    """`processes` processes of `steps` tasks each, launched by the first of the members."""
    client = server.client(members[0])
    filled = Filled(members, template(client, steps))
    client.close()
    more(server, filled, processes)
    return filled


def assigned(server: Server, keeper: Person, filled: Filled, processes: int, steps: int) -> tuple[Person, Person]:
    """Further processes, every task of which goes to two members: one in no group, one through two groups."""
    alone, grouped = filled.people[1:3]
    with server.client(keeper) as client:
        groups = [
            client.need(
                "POST",
                "/groups",
                {"name": f"Team {number}", "description": "Shares its tasks.", "members": [grouped.id]},
            ).data["id"]
            for number in range(2)
        ]
    with server.client(filled.starter) as client:
        own = template(client, steps, assignees=[alone.id], groups=groups)
    more(server, Filled(filled.people, own), processes)
    return alone, grouped


def more(server: Server, filled: Filled, processes: int) -> None:
    """Launch further processes of the same template, over several connections at once."""
    numbers = iter(range(processes))
    lock = threading.Lock()
    wrong: list[Exception] = []

    def work() -> None:
        client = server.client(filled.starter)
        try:
            for number in taken(numbers, lock):
                launch(client, filled, number, lock)
        except Exception as error:  # noqa: BLE001 - told to the caller, whichever thread it was
            wrong.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]


def taken(numbers: Iterator[int], lock: threading.Lock) -> Iterator[int]:
    while True:
        with lock:
            number = next(numbers, None)
        if number is None:
            return
        yield number


def launch(client: Client, filled: Filled, number: int, lock: threading.Lock) -> None:
    body = {"checklist_id": filled.template.id, "name": f"Onboarding {number}"}
    process = client.need("POST", "/runs", body).data["id"]
    tasks = [(process, one["id"], one["step_id"]) for one in tasks_of(client, process)]
    assert len(tasks) == len(filled.template.steps), f"{len(tasks)} tasks instead of {len(filled.template.steps)}"
    with lock:
        filled.processes.append(process)
        filled.tasks.extend(tasks)


def tasks_of(client: Client, process: str) -> list[dict[str, Any]]:
    """All tasks of a process, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        page = client.need("GET", f"/runs/{process}/tasks?per_page={PAGE}&page={len(found) // PAGE + 1}").data
        found.extend(page)
        if len(page) < PAGE:
            return found


# -- what the wrk scripts read --------------------------------------------------------------------------------------


def write_tasks(filled: Filled, path: Path, only: Sequence[str] = ()) -> Path:
    """The rows of `update.lua`: every task, or those of the processes in `only`."""
    wanted = set(only or filled.processes)
    prefix = f"/organizations/{filled.starter.organization}/runs"
    rows = [
        f"{prefix}/{process}/tasks/{task} {' '.join(filled.template.steps[step])}"
        for process, task, step in filled.tasks
        if process in wanted
    ]
    return write(filled, path, rows)


def write_processes(filled: Filled, path: Path) -> Path:
    """The rows of `process.lua`."""
    prefix = f"/organizations/{filled.starter.organization}/runs"
    return write(filled, path, [f"{prefix}/{one} {' '.join(filled.template.kickoff)}" for one in filled.processes])


def write_list(person: Person, path: Path) -> Path:
    """The row of `list.lua`: a person's own tasks, 20 a page."""
    address = f"/organizations/{person.organization}/me/tasks?per_page=20"
    path.write_text(f"kind=procession token={person.token} users={person.id}\n{address}\n")
    return path


def write_launch(filled: Filled, path: Path, what: Template) -> Path:
    """The row of `launch.lua`."""
    row = f"/organizations/{filled.starter.organization}/runs {what.id} {' '.join(what.kickoff)}"
    return write(filled, path, [row])


def write(filled: Filled, path: Path, rows: Sequence[str]) -> Path:
    users = ",".join(str(one.id) for one in filled.people)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((f"kind=procession token={filled.starter.token} users={users}", *rows, "")))
    return path
