"""How far an event can reach: the rules, steps and fields that evaluating it may look at or change (spec 31 §6.7).

A process may have hundreds of tasks; what an event cannot touch need not be read for it.
"""

from collections.abc import Iterable

import msgspec

from procession.engine.rule import Rule
from procession.engine.rules.book import RuleBook, candidates
from procession.engine.rules.state import Event, EventVerb


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What may be needed. `rules`: places in the book; `fields`: of the kick-off form and of steps, answers wanted.

    `assigns`: whether people may be assigned or taken off, so that it matters who they are. `remembered`: ids of the
    rules whose memory is needed: those of `rules`, and those whose changes of the same may be taken back.
    """

    rules: frozenset[int] = frozenset()
    steps: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    assigns: bool = False
    remembered: frozenset[str] = frozenset()


NOWHERE = Reach()


def reach(book: RuleBook, event: Event) -> Reach:
    """Everything the event may concern, cascades included; `NOWHERE` when it makes no rule a candidate."""
    first = candidates(book, event)
    if not first:
        return NOWHERE
    rules: set[int] = set()
    steps = {event.step} if event.step is not None else set()
    fields: set[str] = set()
    seen: set[tuple[EventVerb, str | None]] = {(event.verb, event.step)}
    waiting = list(first)
    while waiting:
        number = waiting.pop()
        if number in rules:
            continue
        rules.add(number)
        steps |= steps_named(book, number)
        fields |= fields_named(book, number)
        for follows in _follows(book.rules[number].rule):
            if (follows.verb, follows.step) not in seen:
                seen.add((follows.verb, follows.step))
                waiting.extend(candidates(book, follows))
    return Reach(
        rules=frozenset(rules),
        steps=frozenset(steps),
        fields=frozenset(fields),
        assigns=any(action.kind == "assignment" for number in rules for action in book.rules[number].rule.actions),
        remembered=frozenset(book.rules[number].rule.id for number in rules | _covered(book, rules)),
    )


def steps_named(book: RuleBook, number: int) -> set[str]:
    """The steps a rule looks at, takes values from and acts on, and those whose deadlines hang on a step it acts on.

    Taking a deadline back may bring back the template's, which counts from the step that the target hangs on.
    """
    one = book.rules[number]
    steps = set(one.watched)
    for action in one.rule.actions:
        if action.source is not None and action.source.kind == "step":
            steps.add(action.source.id)
        elif action.source is not None and action.source.id in book.owner_of:
            steps.add(book.owner_of[action.source.id])  # who holds the answer
        if action.target is not None:
            steps.add(action.target)
            steps.update(book.dependants.get(action.target, ()))
            if action.kind == "deadline" and one.rule.reverse_on_reopen:
                steps |= _anchor(book, action.target)
    return steps


def fields_named(book: RuleBook, number: int) -> set[str]:
    """The fields whose answers a rule looks at or takes values from."""
    rule = book.rules[number].rule
    looked_at = {condition.subject for condition in rule.conditions if condition.kind != "step"}
    sources = (action.source for action in rule.actions)
    return looked_at | {source.id for source in sources if source is not None and source.kind != "step"}


def _anchor(book: RuleBook, step_id: str) -> set[str]:
    step = book.steps.get(step_id)
    anchor = step.deadline.step if step is not None and step.deadline is not None else None
    return {anchor} if anchor is not None and anchor in book.steps else set()


def _covered(book: RuleBook, rules: Iterable[int]) -> set[int]:
    """The rules whose changes may be covered by changes that `rules` make, or cover theirs (spec 31 §6.4)."""
    return {
        number
        for place in rules
        for action in book.rules[place].rule.actions
        for number in book.reversible.get((action.target, action.kind), ())
    }


def _follows(rule: Rule) -> list[Event]:
    """The events that carrying out or taking back the rule may bring about (spec 31 §6.5)."""
    found: list[Event] = []
    for action in rule.actions:
        if action.verb == "reopen":
            found.append(Event("reopened", action.target))
        elif action.kind == "assignment":
            found += [Event("completed", action.target), Event("unassigned", action.target)]
    return found
