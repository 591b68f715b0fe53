"""What is probably not meant in the rules of a template (spec 31 §8.5, 41 §9.5)."""

from collections.abc import Iterator, Mapping

import msgspec

from procession.engine.model import TemplateDocument
from procession.engine.people import Mentions, People
from procession.engine.rule import Assignees, Rule
from procession.engine.rules.lint import lint
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.people.persons import facts
from procession.templates.access import template_to_see
from procession.templates.rule_fit import misfits
from procession.templates.rule_words import GONE, names_in
from procession.templates.versions import compiled

_UNFIT: Mapping[str, str] = {
    "RULE_OPERATION_UNFIT": "asks {} something that its type does not allow: the condition never holds.",
    "RULE_COLUMN_MISSING": "looks into a column that {} does not have: the condition never holds.",
    "RULE_SOURCE_UNFIT": "takes its value from {}, whose type does not give one.",
}


class Health(msgspec.Struct, frozen=True):
    """A warning: a code, a text for people, the rules and the step or field it is about."""

    code: str
    text: str
    rules: tuple[str, ...]
    subject: str | None


def check_rules(unit: Unit, actor: Actor, template_id: str) -> list[Health]:
    """Every warning about the edited version. 404 for a template the caller may not read."""
    template = template_to_see(unit, actor, template_id)
    document = compiled(unit, template.version_id).document
    found = [Health(one.code, one.text, one.rules, one.subject) for one in lint(document)]
    names = {rule.id: rule.name for rule in document.rules}
    parts = names_in(document)
    for one in misfits(document):
        if one.code in _UNFIT:  # missing options the engine tells, with their texts
            text = f"“{names[one.rule]}” {_UNFIT[one.code].format(parts.get(one.subject, GONE))}"
            found.append(Health("unfit", text, (one.rule,), one.subject))
    people = facts(unit, _named(document))[0]
    for rule in document.rules:
        found += _lost(rule, people, parts)
    return found


def _named(document: TemplateDocument) -> Mentions:
    assignees = [action.assignees for rule in document.rules for action in rule.actions]
    return Mentions(
        members=frozenset().union(*(one.members for one in assignees)),
        groups=frozenset().union(*(one.groups for one in assignees)),
    )


def _lost(rule: Rule, people: People, parts: Mapping[str, str]) -> Iterator[Health]:
    """Assignments that name nobody, or people who cannot be assigned any more."""
    for action in rule.actions:
        if action.kind != "assignment" or action.verb == "clear_assignees":
            continue
        step = parts.get(action.target or "", GONE)
        if action.assignees == Assignees() and action.source is None:
            yield Health("nobody", f"“{rule.name}” assigns nobody to {step}.", (rule.id,), action.target)
        elif set(action.assignees.members) - people.members or set(action.assignees.groups) - people.groups:
            text = f"“{rule.name}” names people for {step} who are not here any more."
            yield Health("lost_people", text, (rule.id,), action.target)
