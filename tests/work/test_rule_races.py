"""Many people complete tasks of one process at once: no rule fires twice, no effect is lost (spec 31 §6.7)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.make import Process, Template, make_template, owners
from tests.support.rules import give, give_rules, reopen, rule, show, when
from tests.support.server import Caller, Running
from tests.work.test_rules import complete, fired, start


def build(server: Running, owner: Caller, people: list[Caller], count: int) -> Template:
    """`count` steps that are completed at once, and four that rules act on: the order of the completions shows."""
    template = make_template(owner, *[{}] * (count + 4))
    *first, joined, raced, given, back = template.steps
    every = [when(step, "completed") for step in first]
    some = [when(step, "completed", logic="or") for step in first]
    give_rules(
        server,
        owner,
        template,
        rule("All", every, *show(joined)),
        rule("Any", some, *show(raced)),
        *(
            rule(f"Last {n}", when(step, "completed"), give("assign_only", given, members=[people[n % 3].user_id]))
            for n, step in enumerate(first)
        ),
        rule("Bounce", when(back, "completed"), *reopen(first[0])),
    )
    return template


def seen(owner: Caller, process: Process) -> list[tuple[Any, ...]]:
    """What of the tasks does not hang on when they were completed."""
    found = {one["id"]: one for one in owner("GET", f"/O/runs/{process.id}/tasks?per_page=100").data}
    return [
        (one["status"], one["visibility_source"], owners(one), one["is_approved"])
        for one in (found[task] for task in process.tasks)
    ]


def order(owner: Caller, process: Process) -> list[int]:
    """The places of the completed tasks in the order of their commits."""
    feed = f"/O/activity-feeds?entity_type=run&entity_id={process.id}&verb=completed&type=Task"
    found: list[dict[str, Any]] = []
    for page in (1, 2):
        found += owner("GET", f"{feed}&sort=created_at&per_page=100&page={page}").data
    done = sorted((one["id"], one["auditable_id"]) for one in found)
    return [process.tasks.index(task) for _, task in done]


def race(server: Running, owner: Caller, count: int) -> None:
    people = [owner, server.member(owner, "standard"), server.member(owner, "standard")]
    template = build(server, owner, people, count)
    process = start(owner, template)
    gate = threading.Barrier(count)

    def act(place: int) -> int:
        caller = Caller(server.base, owner.organization, owner.user_id, owner.email, owner.authorization)
        gate.wait()
        return complete(caller, process, place).status

    with ThreadPoolExecutor(count) as threads:
        assert set(threads.map(act, range(count))) == {200}
    names = sorted(fired(owner, process))
    assert names == sorted(["All", "Any", *(f"Last {n}" for n in range(count))])
    alone = start(owner, template)
    for place in order(owner, process):
        assert complete(owner, alone, place).status == 200
    assert seen(owner, process) == seen(owner, alone)
    assert fired(owner, process) == fired(owner, alone)
    runs = [owner("GET", f"/O/runs/{one.id}").data for one in (process, alone)]
    assert [(one["status"], one["progress"]) for one in runs] == [(runs[0]["status"], runs[0]["progress"])] * 2


def test_completions_at_once(server: Running, owner: Caller) -> None:
    race(server, owner, 10)


@pytest.mark.long
def test_sixty_four_completions_at_once(server: Running, owner: Caller) -> None:
    race(server, owner, 64)
