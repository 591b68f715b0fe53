"""Why a task is hidden, given to somebody or due as it is, from what was recorded; what rules remember (spec 31 §8)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from procession.engine.model import Owners
from procession.engine.rule import Condition, Rule
from procession.engine.rules.explain import Because, Explained, Explanation, Happened, Value, changes_of, explain
from procession.engine.rules.reach import Reach, fields_named, steps_named
from procession.engine.rules.state import RuleMemory
from procession.engine.work import Process, Task, owners_of
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.versions import compiled
from procession.work import rule_queries
from procession.work.access import seen_among
from procession.work.model import Held
from procession.work.rule_records import read_record
from procession.work.rules import gather, read_states

HIDDEN = "auto-skipped"
Source = Literal["template", "launch", "rule", "manual"]


class RuleNow(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the process's version and what became of it. `armed`: whether it may fire at the next event."""

    rule: Rule
    position: int
    armed: bool
    memory: RuleMemory


def rules_now(unit: Unit, process: Process, only: str | None = None) -> list[RuleNow]:
    """Every rule of the version a process was launched from, or the one that is asked for (spec 31 §8.2)."""
    version = compiled(unit, process.version_id)
    states = read_states(unit.all(rule_queries.ALL_STATES, process=process.id))
    found = []
    for position, rule in enumerate(version.document.rules, 1):
        if only in (None, rule.id):
            memory = states[rule.id].memory if rule.id in states else RuleMemory()
            armed = rule.active and not memory.spent
            found.append(RuleNow(rule=rule, position=position, armed=armed, memory=memory))
    return found


def why(unit: Unit, actor: Actor, held: Held) -> Mapping[Explained, Explanation]:
    """Why the task of a template's step is as it is; conditions on tasks the caller may not see have no value."""
    process, task = held.process, held.task
    assert process is not None, "a task in a process"
    if task.step_id is None:
        return _plain(unit, held)
    book = compiled(unit, task.version_id or process.version_id).rules
    aiming = frozenset(
        number for number, one in enumerate(book.rules) if any(act.target == task.step_id for act in one.rule.actions)
    )
    history, named = _history(unit, task)
    within = Reach(
        rules=aiming,
        steps=frozenset({task.step_id, *named, *(step for number in aiming for step in steps_named(book, number))}),
        fields=frozenset(field for number in aiming for field in fields_named(book, number)),
        remembered=frozenset(book.rules[number].rule.id for number in aiming),
    )
    found = gather(unit, actor, process, book, within)
    seen = {one.id for one in seen_among(unit, actor, process, list(found.tasks.values()), found.assigned)}

    def sees(condition: Condition) -> bool:
        step = book.owner_of.get(condition.subject, condition.subject)
        return condition.kind == "kickoff" or (step in found.tasks and found.tasks[step].id in seen)

    return explain(book, found.situation, task.step_id, history, sees)


def _plain(unit: Unit, held: Held) -> Mapping[Explained, Explanation]:
    """A one-off task in a process: no rule aims at it."""
    task = held.task
    happened = list(reversed(_history(unit, task)[0]))
    values: dict[Explained, Value] = {
        "visible": task.status != HIDDEN,
        "owners": owners_of(held.assigned),
        "deadline": task.deadline,
    }
    return {
        aspect: Explanation(
            value=value,
            because=tuple(Because(happened=one) for one in happened if one.aspect == aspect),
            would_change=(),
        )
        for aspect, value in values.items()
    }


def _history(unit: Unit, task: Task) -> tuple[list[Happened], set[str]]:
    """What changed the task, oldest first, and the steps that the conditions of rules which did it are about."""
    happened: list[Happened] = []
    named: set[str] = set()
    for _, at, kind, field, old, new, by in unit.all(rule_queries.HISTORY, process=task.process_id, task=task.id):
        if kind == "rule.executed":
            changes = changes_of(read_record(new), task.step_id or "", at, by)
            happened += changes
            if changes:
                named.update(one["subject"] for one in new["conditions"] if one["kind"] == "step")
        else:
            happened += _by_hand(kind, field, old, new, at, by)
    return happened, named


def _by_hand(kind: str, field: str | None, old: Any, new: Any, at: datetime, by: str) -> Iterator[Happened]:
    """What an event that is no rule's tells of visibility, owners and deadline."""

    def told(aspect: Explained, value: Any, source: Source = "manual") -> Happened:
        return Happened(at=at, source=source, aspect=aspect, value=value, verb=kind.partition(".")[2], actor=by)

    if kind == "task.created":
        made = new["task"]
        yield told("visible", made["status"] != HIDDEN, "template")
        yield told("owners", _owners_made(new["assigned"]), "launch")
        yield told("deadline", _instant(made["deadline"]), "launch" if made["dated_by_hand"] else "template")
    elif kind == "task.updated" and field == "status" and (old == HIDDEN) != (new == HIDDEN):
        yield told("visible", new != HIDDEN)
    elif kind == "task.updated" and field == "deadline":
        yield told("deadline", _instant(new))
    elif kind == "task.redated":
        # Older entries hold the date alone.
        yield told("deadline", _instant(new["deadline"] if isinstance(new, dict) else new), "template")
    elif kind == "task.owners_updated":
        yield told("owners", msgspec.convert(new, Owners))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _owners_made(assigned: Sequence[Mapping[str, Any]]) -> Owners:
    """The owners of the assignments that a task was made with."""
    principals = [(one["principal"][0], one["principal"][1:], one["address"]) for one in assigned]
    return Owners(
        members=tuple(int(rest) for kind, rest, _ in principals if kind == "u"),
        guests=tuple(address or "" for kind, _, address in principals if kind == "e"),
        groups=tuple(rest for kind, rest, _ in principals if kind == "g"),
    )
