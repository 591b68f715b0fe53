"""Reading what an event can reach comes to the same as reading the whole process (spec 31 §6.4, §6.7)."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from procession.engine.rule import Action, Rule, Source
from procession.engine.rules.reach import Reach
from procession.engine.rules.run import evaluate
from procession.engine.rules.state import Outcome
from procession.kernel.unit import Unit
from procession.work import rule_queries, rules
from tests.support.make import Process, Template, launch, make_template
from tests.support.rules import asked, due, give, give_rules, hide, reopen, rule, show, when
from tests.support.server import Caller, Running

PICKER = {"label": "Who", "field_type": "assignees_form"}


def start(by: Caller, template: Template, **members: Any) -> Process:
    process = launch(by, template, **members)
    found = {one["step_id"]: one["id"] for one in by("GET", f"/O/runs/{process.id}/tasks?per_page=100").data}
    return Process(process.id, [found[step] for step in template.steps], template)


def complete(by: Caller, process: Process, place: int) -> None:
    body = {"task_id": process.tasks[place]}
    assert by("POST", f"/O/runs/{process.id}/completed-tasks", body).status == 200


def undo(by: Caller, process: Process, place: int) -> None:
    assert by("DELETE", f"/O/runs/{process.id}/completed-tasks/{process.tasks[place]}").status == 200


def test_a_covered_change_is_not_taken_back(server: Running, owner: Caller) -> None:
    """§6.4: what another rule did since stands, also when its own rule looks at other tasks."""
    template = make_template(owner, {}, {}, {}, {})
    first, second, third, target = template.steps
    give_rules(
        server,
        owner,
        template,
        rule("Back", when(first, "completed"), *show(target), reverse_on_reopen=True),
        rule("Hides", when(second, "completed"), *hide(target)),
        rule("Shows", when(third, "completed"), *show(target)),
    )
    process = start(owner, template)
    for place in (0, 1, 2):
        complete(owner, process, place)
    undo(owner, process, 0)
    assert owner("GET", process.path(3)).data["status"] == "not-started"


def test_a_date_taken_back_is_that_of_its_anchor(server: Running, owner: Caller) -> None:
    """§6.4, 30 §8.3: the template's date counts again, from where the step stands that it hangs on."""
    anchored = {"deadline": {"value": 2, "unit": "days", "option": "from", "step": 1}}
    template = make_template(owner, {}, {}, anchored)
    first, _, target = template.steps
    moved = due(target, 30, "days")
    give_rules(server, owner, template, rule("Later", when(first, "completed"), moved, reverse_on_reopen=True))
    process = start(owner, template)
    complete(owner, process, 0)
    assert owner("PUT", process.path(1), {"deadline": "2040-03-01T10:00:00Z"}).status == 200
    undo(owner, process, 0)
    assert owner("GET", process.path(2)).data["deadline"] == "2040-03-03T10:00:00Z"


def test_people_out_of_the_field_of_another_step(server: Running, owner: Caller) -> None:
    """§5.1: the field may stand in a step that the rule is not about."""
    other = server.member(owner, "standard")
    template = make_template(owner, {}, {"captures": [PICKER]}, {})
    first, _, target = template.steps
    source = Source("field", template.fields["Who"])
    give_rules(server, owner, template, rule("Given", when(first, "completed"), give("assign", target, source=source)))
    process = start(owner, template)
    answer = {"users": [other.user_id], "guests": [], "groups": []}
    assert owner("PUT", process.path(1), {"taskdata": {template.fields["Who"]: answer}}).status == 200
    complete(owner, process, 0)
    assert other.user_id in [one["id"] for one in owner("GET", process.path(2)).data["owners"]["users"]]


# -- generated templates and histories --------------------------------------------------------------------------------


@contextmanager
def compared(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Outcome]]:
    """Every event is decided a second time on the whole process, read beside it; what then is stored is compared."""
    seen: list[Outcome] = []
    whole: list[rules.Found] = []
    real_gather, real_remember = rules.gather, rules.remember

    def gather(unit: Unit, actor: Any, process: Any, book: Any, within: Reach) -> rules.Found:
        everything = Reach(
            rules=frozenset(range(len(book.rules))),
            steps=frozenset(book.steps),
            fields=frozenset(book.fields),
            assigns=True,
            remembered=frozenset(book.by_id),
        )
        whole[:] = [real_gather(unit, actor, process, book, everything)]
        return real_gather(unit, actor, process, book, within)

    def decide(book: Any, situation: Any, event: Any) -> Outcome:
        outcome, full = evaluate(book, situation, event), evaluate(book, whole[0].situation, event)
        assert (outcome.executions, outcome.effects) == (full.executions, full.effects)
        assert (outcome.evaluations, outcome.changed) == (full.evaluations, full.changed)
        assert full.situation.tasks == {**full.situation.tasks, **outcome.situation.tasks}
        seen.append(full)
        return outcome

    def remember(unit: Unit, process_id: str, before: Any, outcome: Outcome) -> Any:
        told = real_remember(unit, process_id, before, outcome)
        stored = rules.memory_of(rules.read_states(unit.all(rule_queries.ALL_STATES, process=process_id)))
        wanted = seen[-1].situation.memory
        assert stored.rules == {one: state for one, state in wanted.rules.items() if one in stored.rules}
        assert stored.undo == wanted.undo
        return told

    with monkeypatch.context() as patched:
        patched.setattr(rules, "gather", gather)
        patched.setattr(rules, "evaluate", decide)
        patched.setattr(rules, "remember", remember)
        yield seen


def one_action(pick: Random, template: Template, members: list[int]) -> Action:
    steps = template.steps
    target = pick.choice(steps[-3:])
    field = template.fields[pick.choice(sorted(template.fields))]
    match pick.randrange(7):
        case 0:
            return show(target)[0]
        case 1:
            return hide(target)[0]
        case 2:
            return due(target, pick.randint(1, 9), "days", anchor=pick.choice((None, "start_run")))
        case 3:
            return due(target, 1, "days", source=Source("step", pick.choice(steps)))
        case 4 | 5:
            verb = pick.choice(("assign", "assign_only"))
            source = pick.choice((None, Source("field", field)))
            return give(verb, target, source=source, members=pick.sample(members, 1))
        case _:
            return reopen(pick.choice(steps))[0]


def made_up(pick: Random, template: Template, members: list[int]) -> Rule:
    """A rule about any step, acting on one of the last, so that rules meet in what they do."""
    steps = template.steps
    conditions = [when(pick.choice(steps), pick.choice(("completed", "completed", "completed", "reopened")))]
    if pick.random() < 0.2:
        conditions.append(asked(template.kickoff["Go"], "equals", pick.choice("ab"), pick.choice(("and", "or"))))
    actions = [one_action(pick, template, members) for _ in range(pick.choice((1, 1, 2)))]
    return rule(f"R{pick.random()}", conditions, *actions, reverse_on_reopen=pick.random() < 0.6)


def played(server: Running, owner: Caller, members: list[int], seed: int, acts: int = 14) -> None:
    """A template made up by `seed`, and what people do to a process of it."""
    pick = Random(seed)
    steps: list[dict[str, Any]] = []
    for number in range(7):
        step: dict[str, Any] = {"captures": [{**PICKER, "label": f"Who {number}"}], "assignees": [owner.user_id]}
        if number and pick.random() < 0.7:
            option = pick.choice(("from", "prior_to"))
            step["deadline"] = {"value": 2, "unit": "days", "option": option, "step": pick.randrange(number)}
        steps.append(step)
    template = make_template(owner, *steps, kickoff=[{"label": "Go", "field_type": "text"}])
    give_rules(server, owner, template, *(made_up(pick, template, members) for _ in range(10)))
    process = start(owner, template, prerun={template.kickoff["Go"]: "a"})
    for number in range(acts):
        place = pick.randrange(len(template.steps))
        path, done = process.path(place), f"/O/runs/{process.id}/completed-tasks"
        match pick.randrange(10):
            case 0 | 1 | 2 | 3:
                answer = owner("POST", done, {"task_id": process.tasks[place]})
            case 4 | 5 | 6:
                answer = owner("DELETE", f"{done}/{process.tasks[place]}")
            case 7:
                answer = owner("PUT", f"{path}/{pick.choice(('hide', 'show'))}")
            case 8:
                answer = owner("PUT", path, {"deadline": f"2040-03-{number + 1:02d}T10:00:00Z"})
            case _:
                who = {"users": pick.sample(members, 1), "guests": [], "groups": []}
                answer = owner("PUT", path, {"taskdata": {template.fields[f"Who {place}"]: who}})
        assert answer.status < 500


def test_generated_histories(server: Running, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [owner.user_id, server.member(owner, "standard").user_id]
    with compared(monkeypatch) as seen:
        for seed in range(3):
            played(server, owner, members, seed)
    assert len(seen) > 10


@pytest.mark.long
def test_many_generated_histories(server: Running, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [owner.user_id, server.member(owner, "standard").user_id]
    with compared(monkeypatch):
        for seed in range(100, 400):
            played(server, owner, members, seed, 25)
