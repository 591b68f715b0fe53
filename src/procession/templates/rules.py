"""Rules of a template: adding, changing, ordering, copying, deleting (spec 31 §3). Running processes keep theirs."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from procession.engine.model import TemplateDocument
from procession.engine.rule import NAME_LIMIT, Rule
from procession.kernel.errors import NotFound
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.people.persons import facts
from procession.templates.editing import Opened, open_template, plain, store
from procession.templates.model import Problems, Template
from procession.templates.rule_actions import mentions
from procession.templates.rule_checks import Basis, check_room, read_rule
from procession.templates.rule_conditions import parts_of
from procession.templates.rule_drafts import RuleDraft
from procession.templates.rule_words import sentence

COPY = " - Copy"


class RuleChanged(msgspec.Struct, frozen=True):
    """A rule after a change, and its template."""

    template: Template
    rule: Rule
    document: TemplateDocument


def rule_of(document: TemplateDocument, rule_id: str) -> Rule:
    """The rule of that id; 404 when the template has none."""
    for rule in document.rules:
        if rule.id == rule_id:
            return rule
    raise NotFound


def place_of(document: TemplateDocument, rule_id: str) -> int:
    """The place of the rule in the order of execution, from 1."""
    return next(place for place, rule in enumerate(document.rules, 1) if rule.id == rule_id)


def add_rule(unit: Unit, actor: Actor, template_id: str, draft: RuleDraft, problems: Problems) -> RuleChanged:
    """Add a rule, at the place it asks for or last."""
    opened = open_template(unit, actor, template_id)
    present = opened.document.rules
    check_room(opened.document, problems)
    place = min(draft.position, len(present) + 1) if isinstance(draft.position, int) else len(present) + 1
    rule = read_rule(draft, None, place, _basis(unit, actor, opened.document, draft), problems)
    problems.raise_if_any()
    assert rule is not None
    order = (*present[: place - 1], rule, *present[place - 1 :])
    return _saved(unit, actor, opened, order, rule.id, "created")


def update_rule(
    unit: Unit, actor: Actor, template_id: str, rule_id: str, draft: RuleDraft, problems: Problems
) -> RuleChanged:
    """Change what was sent; sides are synchronised by id (spec 31 §3.1). The same again changes nothing."""
    opened = open_template(unit, actor, template_id)
    former = rule_of(opened.document, rule_id)
    place = place_of(opened.document, rule_id)
    rule = read_rule(draft, former, place, _basis(unit, actor, opened.document, draft), problems)
    problems.raise_if_any()
    assert rule is not None
    wanted = draft.position if isinstance(draft.position, int) else place
    if rule != former:
        rule = msgspec.structs.replace(rule, sequential=False, updated_at=unit.now, revision=former.revision + 1)
    order = moved([rule if one.id == rule_id else one for one in opened.document.rules], rule_id, wanted)
    return _saved(unit, actor, opened, order, rule_id, "updated")


def moved(rules: Sequence[Rule], rule_id: str, place: int) -> tuple[Rule, ...]:
    """The rules with one at `place` (from 1, beyond the end: last)."""
    others = [one for one in rules if one.id != rule_id]
    mine = [one for one in rules if one.id == rule_id]
    return (*others[: place - 1], *mine, *others[place - 1 :])


def arrange_rules(
    unit: Unit, actor: Actor, template_id: str, order: Sequence[str], place: int | None, problems: Problems
) -> tuple[Template, TemplateDocument]:
    """Put the rules of `order` first, in this order; with a `place` only the one named goes there.

    404 for one that is not there.
    """
    opened = open_template(unit, actor, template_id)
    problems.raise_if_any()
    named = [rule_of(opened.document, one) for one in dict.fromkeys(order)]
    if place is not None:
        rules = moved(opened.document.rules, named[0].id, place)
    else:
        rules = (*named, *(one for one in opened.document.rules if one not in named))
    document = msgspec.structs.replace(opened.document, rules=rules)
    before = {rule.id: place for place, rule in enumerate(opened.document.rules, 1)}
    events = [
        _moved_event(template_id, rule, before[rule.id], at)
        for at, rule in enumerate(rules, 1)
        if rule in named and before[rule.id] != at
    ]
    return store(unit, actor, opened, document, events), document


def clone_rule(unit: Unit, actor: Actor, template_id: str, rule_id: str, problems: Problems) -> RuleChanged:
    """A copy directly after the original, everything in it under new ids."""
    opened = open_template(unit, actor, template_id)
    original = rule_of(opened.document, rule_id)
    check_room(opened.document, problems)
    problems.raise_if_any()
    copy = msgspec.structs.replace(
        original,
        id=new_id(),
        name=f"{original.name[: NAME_LIMIT - len(COPY)]}{COPY}",
        conditions=tuple(msgspec.structs.replace(one, id=new_id()) for one in original.conditions),
        actions=tuple(msgspec.structs.replace(one, id=new_id()) for one in original.actions),
        sequential=False,
        created_at=unit.now,
        updated_at=unit.now,
        revision=1,
    )
    place = place_of(opened.document, rule_id)
    rules = opened.document.rules
    return _saved(unit, actor, opened, (*rules[:place], copy, *rules[place:]), copy.id, "created")


def delete_rule(unit: Unit, actor: Actor, template_id: str, rule_id: str) -> Template:
    """Remove a rule for good. Processes that run keep it in their version."""
    opened = open_template(unit, actor, template_id)
    former = rule_of(opened.document, rule_id)
    rules = tuple(one for one in opened.document.rules if one.id != rule_id)
    document = msgspec.structs.replace(opened.document, rules=rules)
    return store(unit, actor, opened, document, [rule_event("deleted", template_id, opened.document, old=former)])


def rule_event(
    verb: str, template_id: str, document: TemplateDocument, *, old: Rule | None = None, new: Rule | None = None
) -> Event:
    """What happened to a rule, told of its template, with the names things had then (spec 31 §8.1)."""
    return Event(
        kind=f"rule.{verb}",
        verb="updated",
        subject_kind="template",
        subject_id=template_id,
        field="rules",
        old=_told(old, document),
        new=_told(new, document),
    )


def _told(rule: Rule | None, document: TemplateDocument) -> object:
    return {"rule": plain(rule), "text": sentence(rule, document)} if rule is not None else None


def _basis(unit: Unit, actor: Actor, document: TemplateDocument, draft: RuleDraft) -> Basis:
    named = mentions(draft.actions if draft.actions is not UNSET else ())
    return Basis(parts_of(document), facts(unit, named, actor.settings)[0], unit.now)


def _saved(unit: Unit, actor: Actor, opened: Opened, rules: Sequence[Rule], rule_id: str, verb: str) -> RuleChanged:
    document = msgspec.structs.replace(opened.document, rules=tuple(rules))
    rule = rule_of(document, rule_id)
    former = next((one for one in opened.document.rules if one.id == rule_id), None)
    events = [rule_event(verb, opened.template.id, document, old=former, new=rule)] if rule != former else []
    if not events and document != opened.document:
        old, new = place_of(opened.document, rule_id), place_of(document, rule_id)
        events = [_moved_event(opened.template.id, rule, old, new)]
    return RuleChanged(store(unit, actor, opened, document, events), rule, document)


def _moved_event(template_id: str, rule: Rule, old: int, new: int) -> Event:
    return Event(
        kind="rule.moved",
        verb="re-ordered",
        subject_kind="template",
        subject_id=template_id,
        field="rules",
        old={"rule": rule.id, "text": rule.name, "position": old},
        new={"rule": rule.id, "text": rule.name, "position": new},
    )
