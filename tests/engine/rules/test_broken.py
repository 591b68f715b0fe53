"""The engine broken on purpose in many places of spec 31 §4 to §6: every break has to be noticed.

A break replaces a piece of one function's source while the tests look; the function keeps its identity, so that every
module that imported it runs the broken one.
"""

import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any, NamedTuple

import pytest

from procession.engine.rules.run import PASSES_LIMIT
from tests.engine.rules import test_run as scenes
from tests.engine.rules.duel import history
from tests.engine.rules.test_conditions import TABLE_OF_OPERATIONS, decide, kickoff_field

HISTORIES = 150


class Break(NamedTuple):
    """What is broken: the section, the function, what stands there and what stands there instead.

    `notices` looks for it; without one the generated histories have to.
    """

    section: str
    function: str
    old: str
    new: str
    notices: Callable[[], None] | None = None


def table() -> None:
    for kind, more, value, operation, statement, expected in TABLE_OF_OPERATIONS:
        assert decide(kickoff_field(kind, **more), operation, value, statement) is expected


def histories() -> None:
    for seed in range(HISTORIES):
        history(seed)


BREAKS = [
    Break("§4.1 expired counts as completed", "conditions._step_holds", 'and state_of(task) != "expired"', ""),
    Break(
        "§4.1 reopened without being open",
        "conditions._step_holds",
        "is_open(task) and task.reopened_at",
        "task.reopened_at",
    ),
    Break(
        "§4.1 hidden tasks are unassigned too", "conditions._step_holds", "is_open(task) and task.owners", "task.owners"
    ),
    Break("§4.1 overdue on a forecast", "conditions.is_overdue", "and not task.deadline_projected", ""),
    Break("§4.2 late_24 without the hours", "conditions._in_time", "return done - due >= _DAY", "return done > due"),
    Break("§4.2 on-time needs a due date", "conditions._in_time", 'return clause == "on-time"', "return False"),
    Break("§4.4-2 case matters", "statements.folded", "text.strip().casefold()", "text.strip()", table),
    Break("§4.4-4 contains only the whole", "conditions._contains", "wanted in value.joined", "wanted in value.among"),
    Break(
        "§4.4-5 any of needs all",
        "conditions._compare",
        "not value.among.isdisjoint(statement.items)",
        "value.among.issuperset(statement.items)",
        table,
    ),
    Break(
        "§4.4-6 greater than or equal",
        "conditions._ordered",
        "(value.number > statement.number)",
        "(value.number >= statement.number)",
    ),
    Break(
        "§4.4-6 thousands anyhow",
        "statements.read_number",
        "_NUMBER.fullmatch(text)",
        '_NUMBER.fullmatch(_SEPARATORS.sub("", text))',
        table,
    ),
    Break("§4.4-7 unselected options count", "values._texts", 'one.get("selected") is True and', ""),
    Break(
        "§4.4-8 nothing equals nothing",
        "conditions._equals",
        "not value.among.isdisjoint(statement.texts)",
        "value.empty or not value.among.isdisjoint(statement.texts)",
    ),
    Break("§4.4-9 fields count at once", "conditions._counting", "not was_completed(task)", "False"),
    Break(
        "§4.4-9 fields do not count after a reopening",
        "conditions.was_completed",
        "or task.reopened_at is not None",
        "",
    ),
    Break("§4.4-9 fields count for the reopening", "conditions._counting", "or task.step_id == ask.reopened", ""),
    Break(
        "§4.5 usual precedence",
        "conditions.holds",
        "(result or finding.met)",
        "(finding.met or result) if len(findings) < 3 else finding.met",
    ),
    Break(
        "§4.5 the first logic is obeyed",
        "conditions.holds",
        "bool(findings) and findings[0].met",
        'bool(findings) and (findings[0].met or rule.conditions[0].logic == "or")',
    ),
    Break(
        "§5 completed targets are acted on",
        "actions._unfit",
        'return "completed" if task.status == "completed" else None',
        "return None",
    ),
    Break(
        "§5.1 the launcher goes with assign",
        "assigning.assign",
        'task.owners if action.verb == "assign" else NOBODY',
        "NOBODY",
    ),
    Break(
        "§5.1 no fallback to the static ones",
        "assigning._meant",
        "_fitting(run, task, _static(action))",
        "(NOBODY, NOBODY)",
    ),
    Break("§5.1 beyond the cap", "assigning._fill", "if task.max_assignable <= 0", "if True"),
    Break("§5.1 marks stay", "assigning._change", "if mark.principal in required", ""),
    Break(
        "§5.1 last mark does not complete",
        "assigning._settle",
        "if decision is None",
        "if True",
        scenes.TestAssignment().test_the_last_missing_person_goes,
    ),
    Break("§5.2 rules beat people", "visibility.set_visible", "task.visibility_source == MANUAL", "False"),
    Break(
        "§5.2 shown tasks start anew",
        "visibility.change_visibility",
        '(task.hidden_from or "not-started")',
        '"not-started"',
    ),
    Break("§5.3 before counts forward", "dating._moved", "else -1", "else 1"),
    Break(
        "§5.3 not into working time",
        "dating._moved",
        "adjust(add(anchor, Offset(shift.value, shift.unit), calendar, sign), calendar)",
        "add(anchor, Offset(shift.value, shift.unit), calendar, sign)",
    ),
    Break(
        "§5.3 dependants stay",
        "dating.set_deadline",
        "_postpone(run, rule_id, task.step_id, new)",
        "pass",
    ),
    Break("§5.3 the formula goes on", "dating.set_deadline", "dated_by_hand=True", "dated_by_hand=task.dated_by_hand"),
    Break(
        "§5.4 a task reopens itself",
        "actions._unfit",
        'return "own_trigger" if run.wave.event == Event("completed", task.step_id) else None',
        "return None",
    ),
    Break("§5.4 the outcome stays", "actions.reopen", "approved=None,", "approved=task.approved,"),
    Break("§6.1 show targets stay visible", "visibility.hide_at_launch", "book.hidden & tasks.keys()", "()"),
    Break(
        "§6.1 all rules run at launch",
        "book.candidates",
        "return book.at_launch",
        "return tuple(range(len(book.rules)))",
    ),
    Break("§6.2 fields make no candidates", "book._watched", "condition.subject in owner_of", "False"),
    Break(
        "§6.2 last rule first",
        "run._run",
        "in candidates(run.book, run.wave.event):",
        "in reversed(candidates(run.book, run.wave.event)):",
    ),
    Break(
        "§6.2 on the state before the pass", "run._begin", "ask=asking(book, tasks,", "ask=asking(book, dict(tasks),"
    ),
    Break("§6.3 any submission arms", "rearming.submitted", "and condition.subject in fields", ""),
    Break("§6.4 rules fire again and again", "run._consider", "spent=True", "spent=False"),
    Break("§6.4 reopening does not arm", "actions.reopen", "rearm(run, task.step_id)", "pass"),
    Break(
        "§6.4 armed when the event is looked at",
        "run._consider",
        "or spent(one,",
        "or run.wave.depth > 1 or spent(one,",
    ),
    Break(
        "§6.4 overdue is armed by reopening",
        "rearming._arm",
        "and not one.overdue",
        "",
        scenes.TestOverdue().test_reopening_does_not_arm_it,
    ),
    Break("§6.4 an own date arms", "run._dues", "task.deadline for step_id", "run.situation.now for step_id"),
    Break("§6.4 nothing is taken back", "progress.remember", "run.undo.append(undo)", "pass"),
    Break(
        "§6.4 what others changed is taken back", "undoing._undo_deadline", "task.deadline != undo.due or", "False or"
    ),
    Break("§6.4 taken back from completed tasks", "undoing.take_back", 'task.status != "completed"', "True"),
    Break(
        "§6.4 later rules are no matter",
        "progress.remember",
        "run.undo[:] = [",
        "_ = [",
        scenes.TestTakenBack().test_not_what_a_later_rule_changed_since,
    ),
    Break(
        "§6.4 a change hides itself",
        "undoing.take_back",
        "run.undo[place + 1 :]",
        "run.undo[place:]",
    ),
    Break(
        "§6.5 last in first out",
        "run._run",
        "run.queue.popleft()",
        "run.queue.pop()",
        scenes.TestCascade().test_first_in_first_out,
    ),
    Break("§6.5 no end of depth", "run._run", "run.wave.depth > DEPTH_LIMIT or", "", scenes.TestCascade().test_depth),
    Break(
        "§6.5 no end of passes",
        "run._run",
        "or number > PASSES_LIMIT",
        "",
        lambda: scenes.TestCascade().test_passes(PASSES_LIMIT, True),
    ),
    Break("§6.5 reopening is no event", "actions.reopen", 'emit(run, Event("reopened", task.step_id))', "pass"),
    Break("§6.5 the last owner leaves unnoticed", "assigning._change", "if owners == NOBODY", "if False"),
]


@contextmanager
def broken(one: Break) -> Iterator[None]:
    module, name = one.function.split(".")
    function: FunctionType = getattr(importlib.import_module(f"procession.engine.rules.{module}"), name)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(one.old) == 1, f"{one.section}: the source has changed"
    names: dict[str, Any] = {}
    code = compile(source.replace(one.old, one.new), inspect.getfile(function), "exec")
    exec(code, function.__globals__, names)  # noqa: S102 (the source is this house's own)
    whole = function.__code__
    function.__code__ = names[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = whole


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.section)
def test_breaks_are_noticed(one: Break) -> None:
    with broken(one), pytest.raises(AssertionError):
        (one.notices or histories)()


def test_what_notices_is_silent_when_nothing_is_broken() -> None:
    assert len(BREAKS) >= 30
    for look in {one.notices for one in BREAKS if one.notices is not None}:
        look()
    for seed in range(20):
        history(seed)
