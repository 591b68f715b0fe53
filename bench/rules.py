"""What rules cost: processor time of the serving process, compared within one run (spec 31 §6.7). Embedded database."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.seed import Template, template
from bench.targets import Procession, cpu_seconds, pause, resume
from procession.engine.answers import LONG_LIMIT, SHORT_LIMIT
from procession.engine.model import Field, Option
from procession.engine.options import OPTIONS_LIMIT
from tests.engine.rules.world import World, ask, field, hide, on, rule, show, step
from tests.faults.server import Client

Row = dict[str, Any]

LARGE = (450, 500)
"""Steps and rules of the largest template that is promised to be quick."""
LAUNCHED = (50, 30)
COMPLETED = ((20, 20), (200, 200))
FIRST = 15
"""So many tasks of a process are completed; each makes one rule a candidate, in the small as in the large one."""
EVERYTHING = (
    "steps,stages,tags,folder,folders,permissions,linked_tasks,assets,runs,member_watchers,guest_watchers,threads"
)
CONDITIONS = 100
"""As many as one rule may have."""


def rules(folder: Path, plan_rounds: int, seconds: int) -> list[Row]:
    """Every figure with what it has to reach. `seconds`: about how long each side of a round lasts."""
    target = Procession("SQLite", folder, processes=1, launch_steps=0)
    try:
        target.start()
        with target.running.client(target.content.starter) as client:
            bench = Bench(target, client, plan_rounds, seconds)
            rows = [*bench.launches(), engine_of_a_launch(plan_rounds), bench.completions(), bench.reading()]
            rows.append(longest_answers(plan_rounds))
    finally:
        target.stop()
    return [{**row, "requests": 0, "refused": 0, "broken": 0} for row in rows]


class Bench:
    """A server, and how long to look at it."""

    def __init__(self, target: Procession, client: Client, rounds: int, seconds: int) -> None:
        self.target, self.client, self.rounds = target, client, rounds
        self.times = 10 * seconds
        self.count = 0

    def cpu(self, act: Callable[[], Any], times: int) -> float:
        """Processor time of the server for one act, in seconds, over enough of them to outdo the clock's ticks.

        What the acts before left to do (documents to index, events to seal) is done first.
        """
        pause(self.target)
        resume(self.target)
        before = cpu_seconds(self.target.pids())
        for _ in range(times):
            act()
        return (cpu_seconds(self.target.pids()) - before) / times

    def launch(self, what: Template) -> str:
        self.count += 1
        body = {"checklist_id": what.id, "name": f"Rules {self.count}", "prerun": {what.kickoff[0]: "go"}}
        found: str = self.client.need("POST", "/runs", body).data["id"]
        return found

    def launches(self) -> list[Row]:
        """A large launch; the rate of an ordinary one with rules over that of the same without."""
        large = template_with_rules(self.client, *LARGE)
        plain, ruled = template(self.client, LAUNCHED[0]), template_with_rules(self.client, *LAUNCHED)
        for one in (large, plain, ruled):
            self.launch(one)
        seen, ratios = [], []
        for _ in range(self.rounds):
            seen.append(self.cpu(lambda: self.launch(large), max(self.times // 10, 1)))
            without = self.cpu(lambda: self.launch(plain), self.times)
            ratios.append(without / self.cpu(lambda: self.launch(ruled), self.times))
        steps, count = LARGE
        return [
            row(f"Launch of {steps} steps with {count} rules", seen, 2.0, unit=" s"),
            row(f"Launches of {LAUNCHED[0]} tasks with {LAUNCHED[1]} rules / without", ratios, 0.75, at_least=True),
        ]

    def completions(self) -> Row:
        """Completing a task in a large process over completing one in a small one, one candidate each."""
        small, large = (template_in_sequence(self.client, *sizes) for sizes in COMPLETED)
        ratios = []
        for _ in range(self.rounds):
            below, above = self.completed(small), self.completed(large)
            ratios.append(above / below)
        (few, _), (many, _) = COMPLETED
        return row(f"Completing a task of {many} with {many} rules / of {few} with {few}", ratios, 1.5, unit=" times")

    def completed(self, what: Template) -> float:
        """Processor time of completing the first tasks of a process, one after the other, over a few processes."""
        used = 0.0
        for _ in range(self.times):
            process = self.launch(what)
            by_step = {one["step_id"]: one["id"] for one in self.first_tasks(process)}
            bodies = [{"task_id": by_step[step]} for step in list(what.steps)[:FIRST]]
            before = cpu_seconds(self.target.pids())
            for body in bodies:
                self.client.need("POST", f"/runs/{process}/completed-tasks", body)
            used += cpu_seconds(self.target.pids()) - before
        return used / (self.times * FIRST)

    def first_tasks(self, process: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.need("GET", f"/runs/{process}/tasks?per_page=100&sort=position").data
        return found

    def reading(self) -> Row:
        """A large template with everything it has."""
        large = template_with_rules(self.client, *LARGE)

        def read() -> None:
            self.client.need("GET", f"/checklists/{large.id}?with={EVERYTHING}")

        read()
        seen = [self.cpu(read, self.times) * 1000 for _ in range(self.rounds)]
        return row(f"Reading a template of {LARGE[0]} steps with everything", seen, 60.0, unit=" ms")


def engine_of_a_launch(rounds: int) -> Row:
    """What the engine alone takes of the large launch, in this process: half of the rules fire."""
    steps, count = LARGE
    names = [f"S{number}" for number in range(steps)]
    made = []
    for number in range(count):
        asked = ask("K_go", "equals", "go") if number % 2 else on(names[(number - 1) % steps], "completed")
        made.append(rule(f"R{number}", [asked], [show(names[number % steps])]))
    seen = []
    for _ in range(rounds):
        world = World([step(one) for one in names], made, [field("K_go")])
        before = time.process_time()
        world.launch({"K_go": "go"})
        seen.append(time.process_time() - before)
    return row(f"The engine's part of a launch of {steps} steps with {count} rules", seen, 0.5, unit=" s")


def longest_answers(rounds: int) -> Row:
    """The slowest of the longest answers there may be, against one rule with as many conditions as it may have."""
    options = tuple(Option(number, f"{'o' * 590}{number}") for number in range(1, OPTIONS_LIMIT + 1))
    answers: list[tuple[Field, Any]] = [
        (field("K_a"), "9" * SHORT_LIMIT),
        (field("K_a", "textarea"), "hay " * (LONG_LIMIT // 4)),
        (field("K_a", "textarea", rich=True), f"<p>{'hay ' * (LONG_LIMIT // 4 - 2)}</p>"),
        (
            field("K_a", "multiselect", options=options),
            [{"id": one.id, "text": one.text, "selected": True} for one in options],
        ),
    ]
    seen = [max(_answered(asked, value) for asked, value in answers) * 1000 for _ in range(rounds)]
    return row(f"The longest answers against {CONDITIONS} conditions", seen, 10.0, unit=" ms")


def _answered(asked: Field, value: Any) -> float:
    conditions = [
        ask("K_a", "contains" if number % 2 else "not_contains", f"needle {number}", "or")
        for number in range(CONDITIONS)
    ]
    world = World([step("A")], [rule("R", conditions, [hide("A")])], [asked])
    before = time.process_time()
    world.launch({"K_a": value})
    return time.process_time() - before


def row(figure: str, values: list[float], limit: float, *, at_least: bool = False, unit: str = "") -> Row:
    return {
        "figure": figure,
        "value": statistics.median(values),
        "limit": limit,
        "at_least": at_least,
        "unit": unit,
    }


def template_with_rules(client: Client, steps: int, count: int) -> Template:
    """Half of the rules look at the kick-off form and fire at the launch, half at the step before the one they show."""
    made = template(client, steps)
    places = list(made.steps)
    wanted = []
    for number in range(count):
        place = number % steps
        asked = (
            condition("Prerun", made.kickoff[0], "equals", "go")
            if number % 2
            else condition("Step", places[place - 1], "completed", "any_time")
        )
        wanted.append(showing(f"Rule {number}", asked, places[place], number + 1))
    return with_rules(client, made, wanted)


def template_in_sequence(client: Client, steps: int, count: int) -> Template:
    """Each step but the first is shown by the completion of the one before; the further rules look at the last."""
    made = template(client, steps)
    places = list(made.steps)
    wanted = [
        showing(
            f"Rule {number}",
            condition("Step", places[min(number, steps - 2)], "completed", "any_time"),
            places[min(number, steps - 2) + 1],
            number + 1,
        )
        for number in range(count)
    ]
    return with_rules(client, made, wanted)


def with_rules(client: Client, made: Template, wanted: list[dict[str, Any]]) -> Template:
    """The template with the rules, one call each. Raises `RuntimeError` unless all of them are there."""
    for one in wanted:
        client.need("POST", f"/checklists/{made.id}/automated-actions", one)
    there = client.need("GET", f"/checklists/{made.id}").data["automated_actions"]
    if len(there) != len(wanted):
        raise RuntimeError(f"{len(there)} of {len(wanted)} rules are there")
    return made


def condition(kind: str, subject: str, operation: str, statement: str) -> dict[str, Any]:
    return {
        "conditionable_type": kind,
        "conditionable_id": subject,
        "operation": operation,
        "statement": statement,
        "logic": "and",
    }


def showing(name: str, asked: dict[str, Any], step: str, position: int) -> dict[str, Any]:
    action = {"action_type": "visibility", "action_verb": "show", "target_step_id": step, "position": 1}
    return {"automated_alias": name, "position": position, "conditions": [asked], "then_actions": [action]}
