"""The rules of one template version, compiled: who is a candidate when, what statements mean (spec 31 §6.2, §6.7)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from procession.engine.deadlines import anchored_steps
from procession.engine.model import Field, Step, TemplateDocument
from procession.engine.people import Mentions, mentioned, read_address
from procession.engine.rule import ActionKind, Condition, Rule
from procession.engine.rules.state import Event
from procession.engine.rules.statements import Statement, read_statement


class CompiledRule(msgspec.Struct, frozen=True):
    """A rule with its statements read. `overdue`: the steps whose due date it watches; `watched`: those it names."""

    rule: Rule
    statements: tuple[Statement, ...]
    watched: frozenset[str]
    overdue: frozenset[str]

    @property
    def can_fire(self) -> bool:
        return bool(self.rule.conditions and self.rule.actions)


class RuleBook(msgspec.Struct, frozen=True, kw_only=True):
    """Everything evaluation looks up, made once per template version by `compile_rules`. Active rules only.

    Numbers are places in `rules`, which stand in `position` order. `by_step`: rules that name the step or a field of
    it. `hidden`: steps that a launch hides. `owner_of`: the step of each step field. `dependants`: the steps whose
    deadlines hang on a step's, themselves or through others; `kickoff`: the fields of the kick-off form. `reversible`:
    the rules that can be taken back, by what they act on (step and kind of action).
    """

    rules: tuple[CompiledRule, ...] = ()
    by_step: Mapping[str, tuple[int, ...]] = {}
    at_launch: tuple[int, ...] = ()
    at_submission: tuple[int, ...] = ()
    hidden: frozenset[str] = frozenset()
    steps: Mapping[str, Step] = {}
    fields: Mapping[str, Field] = {}
    owner_of: Mapping[str, str] = {}
    kickoff: frozenset[str] = frozenset()
    dependants: Mapping[str, tuple[str, ...]] = {}
    by_id: Mapping[str, CompiledRule] = {}
    reversible: Mapping[tuple[str | None, ActionKind], tuple[int, ...]] = {}


def compile_rules(document: TemplateDocument) -> RuleBook:
    """The rule book of a version. Costs some microseconds per condition: make it once and keep it with the version."""
    fields = {field.id: field for field in document.kickoff}
    owner_of: dict[str, str] = {}
    for step in document.steps:
        fields.update((field.id, field) for field in step.fields)
        owner_of.update((field.id, step.id) for field in step.fields)
    rules = tuple(_compiled(rule, owner_of, fields) for rule in document.rules if rule.active)
    by_step: defaultdict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(rules):
        for step_id in one.watched:
            by_step[step_id].append(number)
    shown = {action.target for one in rules for action in one.rule.actions if action.verb == "show"}
    return RuleBook(
        rules=rules,
        by_step={step_id: tuple(numbers) for step_id, numbers in by_step.items()},
        at_launch=_numbers(rules, "kickoff", "not_assigned"),
        at_submission=_numbers(rules, "kickoff", None),
        hidden=frozenset(step.id for step in document.steps if step.hidden_by_default or step.id in shown),
        steps={step.id: step for step in document.steps},
        fields=fields,
        owner_of=owner_of,
        kickoff=frozenset(field.id for field in document.kickoff),
        dependants=_dependants(document),
        by_id={one.rule.id: one for one in rules},
        reversible=_reversible(rules),
    )


def candidates(book: RuleBook, event: Event) -> tuple[int, ...]:
    """The places of the rules an event may make fire, in order; empty for most events (spec 31 §6.1-6.3).

    Asking is a dictionary look-up: whoever completes a task of a template without rules gathers nothing for them.
    """
    match event.verb:
        case "launched":
            return book.at_launch
        case "submitted":
            return book.at_submission
        case _:
            return book.by_step.get(event.step or "", ())


def watches_overdue(book: RuleBook) -> frozenset[str]:
    """The steps whose due date some rule watches: the only ones whose being overdue is an event (spec 31 §4.1)."""
    return frozenset(step_id for one in book.rules for step_id in one.overdue)


def people_named(book: RuleBook, answers: Mapping[str, Any]) -> Mentions:
    """Whom the rules may assign: those their actions name and those that fields they look into name (spec 31 §5.1)."""
    members: set[int] = set()
    guests: set[str] = set()
    groups: set[str] = set()
    for one in book.rules:
        for action in one.rule.actions:
            if action.kind != "assignment":
                continue
            members.update(action.assignees.members)
            guests.update(action.assignees.guests)
            groups.update(action.assignees.groups)
            if action.source is None:
                continue
            value = answers.get(action.source.id)
            named = mentioned(value)
            members |= named.members
            guests |= named.guests
            groups |= named.groups
            address = read_address(value) if isinstance(value, str) else None
            if address is not None:
                guests.add(address)
    return Mentions(frozenset(members), frozenset(guests), frozenset(groups))


def _compiled(rule: Rule, owner_of: Mapping[str, str], fields: Mapping[str, Field]) -> CompiledRule:
    return CompiledRule(
        rule=rule,
        statements=tuple(read_statement(one.statement, fields.get(one.subject)) for one in rule.conditions),
        watched=frozenset(_watched(rule.conditions, owner_of)),
        overdue=frozenset(one.subject for one in rule.conditions if one.operation == "deadline_overdue"),
    )


def _watched(conditions: tuple[Condition, ...], owner_of: Mapping[str, str]) -> Iterator[str]:
    for condition in conditions:
        if condition.kind == "step":
            yield condition.subject
        elif condition.kind == "field" and condition.subject in owner_of:
            yield owner_of[condition.subject]


def _numbers(rules: tuple[CompiledRule, ...], kind: str, operation: str | None) -> tuple[int, ...]:
    return tuple(
        number
        for number, one in enumerate(rules)
        if any(condition.kind == kind or condition.operation == operation for condition in one.rule.conditions)
    )


def _reversible(rules: tuple[CompiledRule, ...]) -> dict[tuple[str | None, ActionKind], tuple[int, ...]]:
    found: defaultdict[tuple[str | None, ActionKind], dict[int, None]] = defaultdict(dict)
    for number, one in enumerate(rules):
        for action in one.rule.actions:
            if one.rule.reverse_on_reopen and action.target is not None:
                found[action.target, action.kind][number] = None
    return {what: tuple(numbers) for what, numbers in found.items()}


def _dependants(document: TemplateDocument) -> dict[str, tuple[str, ...]]:
    """Only of steps that something hangs on; each in the order of the template, without the step itself."""
    hanging: defaultdict[str, list[str]] = defaultdict(list)
    for step in document.steps:
        if step.deadline is not None and step.deadline.step is not None:
            hanging[step.deadline.step].append(step.id)
    places = {step.id: place for place, step in enumerate(document.steps)}
    found: dict[str, tuple[str, ...]] = {}
    for anchor in anchored_steps(document.steps):
        reached: set[str] = set()
        waiting = [anchor]
        while waiting:
            new = [one for one in hanging[waiting.pop()] if one not in reached]
            reached.update(new)
            waiting.extend(new)
        found[anchor] = tuple(sorted(reached - {anchor}, key=places.__getitem__))
    return found
