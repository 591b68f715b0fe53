"""Rules as people define them: what was sent, read into a rule, its sides held against each other (spec 31 §2)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.model import Problem, TemplateDocument
from procession.engine.people import People
from procession.engine.rule import ACTIONS_LIMIT, CONDITIONS_LIMIT, RULES_LIMIT, Action, Condition, Rule
from procession.kernel.ids import new_id
from procession.templates.rule_actions import Ground, read_actions
from procession.templates.rule_conditions import REQUIRED, Parts, read_conditions
from procession.templates.rule_drafts import ActionDraft, ConditionDraft, RuleDraft

TWICE = "Each step can be targeted only once per rule for this action."
OWN_TRIGGER = "A rule cannot reopen the step that triggers it."
TOO_MANY = f"A template may not have more than {RULES_LIMIT} rules."


class Basis(msgspec.Struct, frozen=True):
    """What rules are read against: the parts of their template, what is known of people, the time."""

    parts: Parts
    people: People
    now: datetime


def read_rule(draft: RuleDraft, former: Rule | None, place: int, basis: Basis, problems: list[Problem]) -> Rule | None:
    """The rule that was sent, or None after adding to `problems`. `place`: which one of the template it will be.

    A side that is not sent stays as it is; an empty one, or none at first, is refused: a rule without it never fires.
    """
    before = len(problems)
    name = former.name if former is not None else f"Rule {place}"
    name = draft.name if isinstance(draft.name, str) else name
    if former is None and draft.conditions is UNSET and draft.actions is UNSET:
        _required("conditions", problems)
        _required("actions", problems)
        return None
    conditions = _conditions(draft, former, basis, problems)
    indexed = _actions(draft, former, name, basis, problems)
    problems += [Problem(("actions", str(at), "step_id"), text) for at, text in wrong_targets(conditions, indexed)]
    if len(problems) > before:
        return None
    actions = tuple(one for _, one in indexed)
    if former is None:
        fresh = Rule(id=new_id(), name=name, created_at=basis.now, updated_at=basis.now)
    else:
        fresh = msgspec.structs.replace(former, name=name)
    return msgspec.structs.replace(
        fresh,
        conditions=conditions,
        actions=actions,
        active=fresh.active if draft.active is UNSET else draft.active,
        reverse_on_reopen=fresh.reverse_on_reopen if draft.reversible is UNSET else draft.reversible,
    )


def _conditions(draft: RuleDraft, former: Rule | None, basis: Basis, problems: list[Problem]) -> tuple[Condition, ...]:
    if draft.conditions is UNSET and former is not None:
        return former.conditions
    if not _fits(draft.conditions, "conditions", CONDITIONS_LIMIT, problems):
        return ()
    return read_conditions(draft.conditions, former, basis.parts, draft.join, problems)  # type: ignore[arg-type]


def _actions(
    draft: RuleDraft, former: Rule | None, name: str, basis: Basis, problems: list[Problem]
) -> tuple[tuple[int, Action], ...]:
    if draft.actions is UNSET and former is not None:
        return tuple(enumerate(former.actions))
    if not _fits(draft.actions, "actions", ACTIONS_LIMIT, problems):
        return ()
    ground = Ground(basis.parts, basis.people, name)
    return read_actions(draft.actions, former, ground, problems)  # type: ignore[arg-type]


def _fits(
    side: Sequence[ConditionDraft | ActionDraft | None] | UnsetType, name: str, limit: int, problems: list[Problem]
) -> bool:
    if side is UNSET or not side:
        _required(name, problems)
        return False
    if len(side) > limit:
        problems.append(Problem((name,), f"The {_WORDS[name]} may not have more than {limit} items."))
        return False
    return True


_WORDS = {"conditions": "conditions", "actions": "then actions"}


def _required(name: str, problems: list[Problem]) -> None:
    problems.append(Problem((name,), REQUIRED.format(_WORDS[name])))


def wrong_targets(conditions: Sequence[Condition], actions: Sequence[tuple[int, Action]]) -> list[tuple[int, str]]:
    """What the sides of a rule may not do together (spec 31 §2.6): which actions, by their place as sent, and why."""
    triggers = {one.subject for one in conditions if one.kind == "step"}
    aimed: set[tuple[str, str | None]] = set()
    found = []
    for index, action in actions:
        if action.kind == "status" and action.target in triggers:
            found.append((index, OWN_TRIGGER))
        if action.kind not in ("visibility", "deadline"):
            continue
        if (action.kind, action.target) in aimed:
            found.append((index, TWICE))
        aimed.add((action.kind, action.target))
    return found


def check_room(document: TemplateDocument, problems: list[Problem]) -> None:
    """Whether one more rule may be added."""
    if len(document.rules) >= RULES_LIMIT:
        problems.append(Problem(("rules",), TOO_MANY))
