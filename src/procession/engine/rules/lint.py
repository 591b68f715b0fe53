"""What is probably not meant as it stands: warnings about the rules of a template (spec 31 §8.5, §10)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from procession.engine.model import LAUNCH, TemplateDocument
from procession.engine.rule import Action, Condition, Rule
from procession.engine.rules.book import CompiledRule, RuleBook, compile_rules
from procession.engine.rules.statements import folded
from procession.engine.scalars import read_flag

LintCode = Literal[
    "duplicate",
    "contradiction",
    "removed_option",
    "never_shown",
    "empty_trap",
    "waiting_clock",
    "unanswerable",
    "reopen_cycle",
]

_CHOICES = frozenset(("radio", "dropdown", "multiselect"))
_WHOLE = frozenset(("equals", "not_equals", "equals_any"))
_PARTS = frozenset(("contains", "not_contains"))
_NEGATIVE = frozenset(("not_equals", "not_contains"))


class Warned(msgspec.Struct, frozen=True):
    """One warning: the rules it is about, in their order, the step or field, and a text for people."""

    code: LintCode
    rules: tuple[str, ...]
    subject: str | None
    text: str


def lint(document: TemplateDocument) -> tuple[Warned, ...]:
    """Every warning about the active rules of a version, by kind, then in the order of the rules."""
    book = compile_rules(document)
    return (
        *_duplicates(book),
        *_contradictions(book),
        *_removed_options(book),
        *_unreachable(book),
        *_empty_traps(book),
        *_waiting_clocks(book),
        *_reopen_cycles(book),
    )


def _title(book: RuleBook, id_: str) -> str:
    if id_ in book.steps:
        return book.steps[id_].title
    return book.fields[id_].label if id_ in book.fields else id_


def _when(rule: Rule) -> tuple[Condition, ...]:
    """The conditions without what makes no difference: their ids, and how the first is joined."""
    return tuple(
        msgspec.structs.replace(one, id="", logic="and" if place == 0 else one.logic)
        for place, one in enumerate(rule.conditions)
    )


def _then(rule: Rule) -> tuple[Action, ...]:
    return tuple(msgspec.structs.replace(one, id="") for one in rule.actions)


def _duplicates(book: RuleBook) -> Iterator[Warned]:
    alike: defaultdict[object, list[Rule]] = defaultdict(list)
    for one in book.rules:
        alike[_when(one.rule), _then(one.rule)].append(one.rule)
    for rules in alike.values():
        if len(rules) > 1:
            yield Warned("duplicate", _ids(rules), None, f"{_names(rules)} say exactly the same.")


def _contradictions(book: RuleBook) -> Iterator[Warned]:
    alike: defaultdict[object, list[Rule]] = defaultdict(list)
    for one in book.rules:
        alike[_when(one.rule)].append(one.rule)
    for rules in alike.values():
        for step_id in _targets(rules, "show"):
            if step_id in _targets(rules, "hide"):
                both = [rule for rule in rules if step_id in _targets([rule], "show") + _targets([rule], "hide")]
                text = f"{_names(both)} show and hide {_title(book, step_id)} under the same conditions: the last wins."
                yield Warned("contradiction", _ids(both), step_id, text)


def _targets(rules: Iterable[Rule], verb: str) -> list[str]:
    found = (action.target for rule in rules for action in rule.actions if action.verb == verb)
    return list(dict.fromkeys(target for target in found if target is not None))


def _removed_options(book: RuleBook) -> Iterator[Warned]:
    for one, condition in _conditions(book):
        field = book.fields.get(condition.subject)
        if field is None or field.kind not in _CHOICES or not field.options:
            continue
        if field.list is not None and read_flag(field.list.get("allow_custom")) is True:
            continue
        statement = one.statements[one.rule.conditions.index(condition)]
        options = [folded(option.text) for option in field.options]
        wanted = statement.items if condition.operation == "equals_any" else statement.texts
        for text in wanted:
            lost = condition.operation in _WHOLE and text not in options
            lost = lost or (condition.operation in _PARTS and not any(text in option for option in options))
            if lost:
                words = f'"{one.rule.name}" compares {field.label} with "{text}", which is none of its options.'
                yield Warned("removed_option", (one.rule.id,), field.id, words)


def _unreachable(book: RuleBook) -> Iterator[Warned]:
    """Conditions on steps that no chain of rules can ever show, so that nobody can complete or answer them."""
    shown = {action.target for one in book.rules for action in one.rule.actions if action.verb == "show"}
    reached = _reached(book)
    for one, condition in _conditions(book):
        step_id = _step_of(book, condition)
        if step_id is None or step_id in reached:
            continue
        title = _title(book, step_id)
        if step_id not in shown:
            text = f'"{one.rule.name}" waits for {title}, which is hidden and never shown.'
            yield Warned("never_shown", (one.rule.id,), step_id, text)
        else:
            text = f'"{one.rule.name}" waits for {title}, which is shown only after that.'
            yield Warned("unanswerable", (one.rule.id,), condition.subject, text)


def _reached(book: RuleBook) -> set[str]:
    """The steps that are visible from the start, or may be shown by a rule whose conditions may come true."""
    reached = set(book.steps) - book.hidden
    grew = True
    while grew:
        before = len(reached)
        for one in book.rules:
            if _may_hold(book, one, reached):
                reached.update(_targets([one.rule], "show"))
        grew = len(reached) > before
    return reached


def _may_hold(book: RuleBook, one: CompiledRule, reached: set[str]) -> bool:
    result = False
    for place, condition in enumerate(one.rule.conditions):
        step_id = _step_of(book, condition)
        may = step_id is None or step_id in reached
        result = may if place == 0 else (result and may) if condition.logic == "and" else (result or may)
    return result


def _step_of(book: RuleBook, condition: Condition) -> str | None:
    """The step whose task decides a condition; None of the kick-off form, and of what does not exist any more."""
    step_id = condition.subject if condition.kind == "step" else book.owner_of.get(condition.subject)
    return step_id if step_id in book.steps else None


def _empty_traps(book: RuleBook) -> Iterator[Warned]:
    for one in book.rules:
        conditions = one.rule.conditions
        for place, condition in enumerate(conditions):
            field = book.fields.get(condition.subject)
            if field is None or field.required or condition.operation not in _NEGATIVE:
                continue
            # The first one's own logic is ignored: it is the second that joins them.
            joint = conditions[1:2] if place == 0 else (condition,)
            if any(other.logic == "or" for other in joint):
                text = (
                    f'"{one.rule.name}" also fires when {field.label} is empty: an empty field differs from any value.'
                )
                yield Warned("empty_trap", (one.rule.id,), field.id, text)


def _waiting_clocks(book: RuleBook) -> Iterator[Warned]:
    for one, condition in _conditions(book):
        step = book.steps.get(condition.subject)
        rule = step.deadline if step is not None and condition.operation == "expired" else None
        if step is None or rule is None or rule.option != "from" or rule.step in (None, LAUNCH):
            continue
        waits = _title(book, rule.step or "")
        text = f"{step.title} does not expire before {waits} is completed: count its deadline from the launch."
        yield Warned("waiting_clock", (one.rule.id,), step.id, text)


def _reopen_cycles(book: RuleBook) -> Iterator[Warned]:
    """Rings of steps of which each reopens the next as soon as it is reopened itself."""
    links: defaultdict[str, dict[str, list[Rule]]] = defaultdict(dict)
    for one in book.rules:
        for condition in one.rule.conditions:
            if condition.operation == "reopened":
                for target in _targets([one.rule], "reopen"):
                    links[condition.subject].setdefault(target, []).append(one.rule)
    told: set[str] = set()
    for step_id in list(links):
        ring = [other for other in _behind(links, step_id) if step_id in _behind(links, other)]
        if step_id in told or step_id not in ring:
            continue
        told.update(ring)
        inside = {rule.id for start in ring for end, rules in links[start].items() if end in ring for rule in rules}
        rules = [one.rule for one in book.rules if one.rule.id in inside]
        yield Warned("reopen_cycle", _ids(rules), step_id, f"{_names(rules)} reopen each other's tasks in a ring.")


def _behind(links: Mapping[str, Mapping[str, list[Rule]]], step_id: str) -> list[str]:
    """The steps that are reopened after a step, in the order in which they are found."""
    found: dict[str, None] = {}
    waiting = [step_id]
    while waiting:
        new = [one for one in links.get(waiting.pop(), ()) if one not in found]
        found.update(dict.fromkeys(new))
        waiting.extend(new)
    return list(found)


def _conditions(book: RuleBook) -> Iterator[tuple[CompiledRule, Condition]]:
    return ((one, condition) for one in book.rules for condition in one.rule.conditions)


def _ids(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in rules)


def _names(rules: Iterable[Rule]) -> str:
    return " and ".join(f'"{rule.name}"' for rule in rules)
