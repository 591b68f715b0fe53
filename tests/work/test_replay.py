"""Replaying a process's events rebuilds its rows: compared as canonical JSON, on histories made by chance (plan §4)."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from procession.engine.rule import Source
from procession.kernel.sql import Query, organization, row
from procession.kernel.tables import events
from procession.kernel.unit import Unit
from procession.work import queries, rule_queries
from procession.work.clock import strike_here
from procession.work.tables import answers
from tests.support.make import Template, make_oneoff, make_template
from tests.support.replay import Happened, replay
from tests.support.rules import asked, due, give, give_rules, hide, reopen, rule, show, when
from tests.support.server import Caller, Running
from tests.work.test_rules import start

DAY = {"value": 1, "unit": "days", "option": "from"}
_e, _a = events.c, answers.c
EVENTS = Query(
    sa.select(_e.command_id, _e.at, _e.kind, _e.subject_id, _e.field, _e.old, _e.new, _e.actor)
    .where(organization(events), _e.process_id == sa.bindparam("process"))
    .order_by(_e.id),
    row,
)
ANSWERS = Query(
    sa.select(_a.holder_id, _a.field_id, _a.id, _a.value, _a.answered_by, _a.answered_at).where(
        organization(answers), _a.process_id == sa.bindparam("process")
    ),
    row,
)


def plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def stored(unit: Unit, process: str) -> dict[str, Any]:
    """The rows as they are."""
    return {
        "process": plain(unit.one(queries.PROCESS, id=process)),
        "tasks": {one.id: plain(one) for one in unit.all(queries.TASKS_OF_PROCESS, process=process)},
        "answers": {
            f"{holder} {field}": {"id": answer, "value": value, "by": by, "at": plain(at)}
            for holder, field, answer, value, by, at in unit.all(ANSWERS, process=process)
        },
        "rules": dict(unit.all(rule_queries.ALL_STATES, process=process)),
    }


def rebuilt(unit: Unit, process: str) -> dict[str, Any]:
    """The rows as the events tell them."""
    told = [
        Happened(command, plain(at), kind, subject, field, old, new, actor)
        for command, at, kind, subject, field, old, new, actor in unit.all(EVENTS, process=process)
    ]
    state = replay(told)
    return {"process": state.process, "tasks": state.tasks, "answers": state.answers, "rules": state.rules}


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two values differ, for people."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [text for key in sorted(one.keys() | other.keys(), key=str)
                for text in differences(one.get(key, "-"), other.get(key, "-"), f"{path}/{key}")]  # fmt: skip
    return [] if one == other else [f"{path}: stored {one!r}, rebuilt {other!r}"]


def compare(server: Running, of: Caller, process: str) -> None:
    def work(session: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        unit = Unit(session, of.organization, server.clock.now())
        return stored(unit, process), rebuilt(unit, process)

    rows, told = server.database.read_now(work)
    assert differences(rows, told) == []
    assert msgspec.json.encode(rows, order="deterministic") == msgspec.json.encode(told, order="deterministic")


class History:
    """Acts by chance on one process; what is refused leaves no trace."""

    def __init__(self, server: Running, owner: Caller, seed: int) -> None:
        self.server, self.owner, self.random = server, owner, random.Random(seed)
        self.other = server.member(owner, "standard")
        self.template = self._template()
        self.process = start(owner, self.template, prerun={self.template.kickoff["Go"]: "yes"})
        self.extra: list[str] = []
        self.shifted = timedelta()
        self.base = f"/O/runs/{self.process.id}"

    def _template(self) -> Template:
        clock = {"step_type": "expiring", "deadline": {**DAY, "step": "start_run"}}
        steps: tuple[dict[str, Any], ...] = (
            {"captures": [{"label": "Note", "field_type": "text"}]},
            {"step_type": "approval"},
            clock,
            {"deadline": {**DAY, "step": 0}},
            {},
            {"everyone_must_complete": True},
            {"deadline": {**DAY, "step": 3}},
        )
        kickoff = [{"label": "Go", "field_type": "text"}, {"label": "Day", "field_type": "date"}]
        template = make_template(self.owner, *steps, kickoff=kickoff)
        a, b, c, d, e, f, g = template.steps
        go, day = template.kickoff["Go"], template.kickoff["Day"]
        give_rules(
            self.server,
            self.owner,
            template,
            rule("Shown", asked(go, "equals", "yes"), *show(e), due(e, 2, "days", "from", anchor="now")),
            rule("Gone", asked(go, "equals", "no"), *hide(e), give("clear_assignees", d)),
            rule("Dated", asked(day, "is_not_empty"), due(d, 3, "days", source=Source("kickoff", day))),
            rule("Back", when(b, "rejected"), *reopen(a), reverse_on_reopen=True),
            rule("Given", when(a, "completed"), give("assign", f, members=[self.other.user_id]), *show(g),
                 reverse_on_reopen=True),
            rule("Late", when(c, "expired"), give("assign_only", e, guests=["late@outside.example"])),
            rule("Nobody", when(d, "not_assigned"), give("assign", d, members=[self.other.user_id])),
            rule("Noted", when(template.fields["Note"], "contains", "1"), *hide(b)),
        )  # fmt: skip
        return template

    def task(self) -> str:
        return self.random.choice([*self.process.tasks, *self.extra])

    def put(self, **members: Any) -> None:
        self.owner("PUT", f"{self.base}/tasks/{self.task()}", members)

    def acts(self) -> list[Callable[[], Any]]:
        chance, by, base = self.random, self.owner, self.base
        note = self.template.fields["Note"]
        go, day = self.template.kickoff["Go"], self.template.kickoff["Day"]
        people = [by.user_id, self.other.user_id]
        when_ = (self.server.clock.now() + timedelta(hours=chance.randint(-30, 60))).isoformat()
        return [
            lambda: self.put(title=f"Title {chance.random()} {{{{x}}}}", summary=chance.choice([None, "<p>s</p>"])),
            lambda: by("PUT", self.process.path(), {"taskdata": {note: chance.choice(["1", "2", ""])}}),
            lambda: self.put(deadline=chance.choice([when_, when_, None])),
            lambda: self.put(owners={"users": chance.sample(people, chance.randint(0, 2))}),
            lambda: self.put(position=chance.randint(1, 8), top_secret=chance.random() < 0.5),
            lambda: self.put(task_type=chance.choice(["task", "expiring", "approval"])),
            lambda: by("PUT", f"{base}/tasks/{self.task()}/{chance.choice(['hide', 'show'])}"),
            *[lambda: self.complete(chance.choice([by, self.other]))] * 5,
            *[lambda: by("DELETE", f"{base}/completed-tasks/{self.task()}")] * 2,
            lambda: by("PUT", base, {"prerun": {go: chance.choice(["yes", "no", ""])}}),
            lambda: by("PUT", base, {"prerun": {day: chance.choice(["2031-03-04", "2031-05-06"])}}),
            lambda: by("PUT", base, {"name": f"N {chance.random()}", "owner_id": chance.choice(people)}),
            lambda: by("PUT", base, {"users": chance.sample(people, 1), "summary": f"S {chance.random()}"}),
            lambda: by(chance.choice(["DELETE", "POST"]), f"{base}/complete-prerun"),
            lambda: (by("DELETE", base), by("PUT", f"{base}/activate")),
            self.adhoc,
            self.tick,
        ]

    def complete(self, by: Caller) -> None:
        body = {"task_id": self.task(), "is_approved": self.random.random() < 0.5}
        by("POST", f"{self.base}/completed-tasks", body)

    def adhoc(self) -> None:
        if self.extra and self.random.random() < 0.4:
            gone = self.extra.pop()
            route = self.random.choice([f"/O/tasks/{gone}/delete", f"{self.base}/tasks/{gone}"])
            self.owner("DELETE", route)
            return
        where = {"position": self.random.randint(1, 5)} if self.random.random() < 0.5 else {}
        self.extra.append(make_oneoff(self.owner, run_id=self.process.id, **where).rsplit("/", 1)[1])

    def tick(self) -> None:
        self.server.clock.shift(timedelta(hours=5))
        self.shifted += timedelta(hours=5)
        now, of = self.server.clock.now(), self.owner.organization
        self.server.database.command_now(lambda session: strike_here(Unit(session, of, now), self.server.secrets))


def run(server: Running, owner: Caller, seed: int, acts: int) -> None:
    history = History(server, owner, seed)
    try:
        for number in range(acts):
            history.random.choice(history.acts())()
            if number % 10 == 9:
                compare(server, owner, history.process.id)
        compare(server, owner, history.process.id)
        if history.random.random() < 0.5:
            owner("POST", f"{history.base}/complete", {"force": True})
            compare(server, owner, history.process.id)
    finally:
        server.clock.shift(-history.shifted)


@pytest.mark.parametrize("seed", range(2))
def test_histories(server: Running, owner: Caller, seed: int) -> None:
    run(server, owner, seed, 50)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 40))
def test_many_histories(server: Running, owner: Caller, seed: int) -> None:
    run(server, owner, seed, 150)
