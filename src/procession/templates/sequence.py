"""Forcing the order of a template's steps by rules (spec 30 §9.4)."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from procession.engine.model import Problem, Step, TemplateDocument
from procession.engine.rule import RULES_LIMIT, Action, Condition, Rule
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.editing import Opened, open_template, store
from procession.templates.model import Problems, Template
from procession.templates.rule_checks import TOO_MANY
from procession.templates.rules import rule_event

TITLE = 140
"""How much of a step's title the name of a rule holds: two of them fit."""


class Sequenced(msgspec.Struct, frozen=True):
    """A template in sequence, and the rules that were made for it now."""

    template: Template
    made: tuple[Rule, ...]
    document: TemplateDocument


def make_sequential(unit: Unit, actor: Actor, template_id: str, problems: Problems) -> Sequenced:
    """Each step is shown when the one before it is completed. Rules of an earlier order that nobody edited go.

    What is in order already stays as it is. 422 when there is no room for the rules.
    """
    opened = open_template(unit, actor, template_id)
    document = opened.document
    steps = sorted(document.steps, key=lambda one: one.position)
    wanted = {(before.id, after.id): (before, after) for before, after in pairwise(steps)}
    present = {_pair(rule): rule for rule in document.rules if rule.sequential}
    kept = [rule for rule in document.rules if not rule.sequential or _pair(rule) in wanted]
    made = tuple(_rule(unit, *pair) for key, pair in wanted.items() if key not in present)
    if len(kept) + len(made) > RULES_LIMIT:
        problems.append(Problem(("rules",), TOO_MANY))
    problems.raise_if_any()
    template, document = _save(unit, actor, opened, [*kept, *made])
    return Sequenced(template, made, document)


def undo_sequence(unit: Unit, actor: Actor, template_id: str) -> Template:
    """Take away the rules that forced an order; those that somebody edited since are his, and stay."""
    opened = open_template(unit, actor, template_id)
    template, _ = _save(unit, actor, opened, [rule for rule in opened.document.rules if not rule.sequential])
    return template


def _save(unit: Unit, actor: Actor, opened: Opened, rules: Sequence[Rule]) -> tuple[Template, TemplateDocument]:
    document = msgspec.structs.replace(opened.document, rules=tuple(rules))
    before, after = ({rule.id for rule in one.rules} for one in (opened.document, document))
    told = (opened.template.id, opened.document)
    events = [rule_event("deleted", *told, old=one) for one in opened.document.rules if one.id not in after]
    events += [rule_event("created", *told, new=one) for one in rules if one.id not in before]
    return store(unit, actor, opened, document, events), document


def _pair(rule: Rule) -> tuple[str, str | None]:
    return rule.conditions[0].subject, rule.actions[0].target


def _rule(unit: Unit, before: Step, after: Step) -> Rule:
    """IF the one is completed, or expired where that is an end too, THEN show the other."""
    ends: list[str] = ["completed", "expired"] if before.kind == "expiring" else ["completed"]
    conditions = tuple(
        Condition(id=new_id(), kind="step", subject=before.id, operation=one, statement="any_time", logic="or")  # type: ignore[arg-type]
        for one in ends
    )
    return Rule(
        id=new_id(),
        name=f"{after.title[:TITLE]} after {before.title[:TITLE]}",
        conditions=conditions,
        actions=(Action(id=new_id(), verb="show", target=after.id),),
        sequential=True,
        created_at=unit.now,
        updated_at=unit.now,
    )
