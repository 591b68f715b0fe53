"""What no longer fits in rules after a step or field changed: kept, false when asked, told (spec 31 §3.2)."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from procession.engine.model import Field, Notice, Step, TemplateDocument
from procession.engine.rule import Action, Condition, Rule
from procession.templates.rule_actions import gives_people
from procession.templates.rule_conditions import Parts, has_column, legal, parts_of

Code = Literal["RULE_OPERATION_UNFIT", "RULE_OPTION_MISSING", "RULE_COLUMN_MISSING", "RULE_SOURCE_UNFIT"]
_CHOICES = frozenset(("radio", "dropdown", "multiselect"))
_COMPARED = frozenset(("equals", "not_equals", "equals_any"))


class Misfit(msgspec.Struct, frozen=True):
    """A part of a rule that what it names does not allow any more. `part`: the id of a condition or action."""

    code: Code
    rule: str
    side: Literal["conditions", "actions"]
    part: str
    subject: str


def new_misfits(former: TemplateDocument, latter: TemplateDocument) -> tuple[Notice, ...]:
    """What fits no longer in `latter` and did in `former`, each under the path of its part of a rule."""
    if not latter.rules:
        return ()
    before = set(misfits(former))
    found = (one for one in misfits(latter) if one not in before)
    return tuple(Notice(one.code, f"rules.{one.rule}.{one.side}.{one.part}") for one in found)


def misfits(document: TemplateDocument) -> Iterator[Misfit]:
    """Everything in rules that the present types, options and columns do not allow."""
    parts = parts_of(document)
    for rule in document.rules:
        yield from _misfits(rule, parts)


def _misfits(rule: Rule, parts: Parts) -> Iterator[Misfit]:
    for condition in rule.conditions:
        code = _condition(condition, parts)
        if code is not None:
            yield Misfit(code, rule.id, "conditions", condition.id, condition.subject)
    for action in rule.actions:
        if action.source is not None and not _source_fits(action, parts.find(action.source.kind, action.source.id)):
            yield Misfit("RULE_SOURCE_UNFIT", rule.id, "actions", action.id, action.source.id)


def _condition(condition: Condition, parts: Parts) -> Code | None:
    part = parts.find(condition.kind, condition.subject)
    if part is None or condition.operation not in legal(part):
        return "RULE_OPERATION_UNFIT"
    if isinstance(part, Step):
        return None
    if condition.operation in _COMPARED and part.kind in _CHOICES and part.list is None and _lost(condition, part):
        return "RULE_OPTION_MISSING"
    missing = condition.column is not None and not has_column(part, condition.column)
    return "RULE_COLUMN_MISSING" if missing else None


def _lost(condition: Condition, field: Field) -> bool:
    """Whether a text that is compared with is none of the options."""
    known = {one.text.strip().casefold() for one in field.options}
    statement = condition.statement
    texts = statement if isinstance(statement, tuple) else (statement or "",)
    return any(one.strip() and one.strip().casefold() not in known for one in texts)


def _source_fits(action: Action, part: Step | Field | None) -> bool:
    if part is None:
        return False
    if action.kind == "deadline":
        return isinstance(part, Step) or part.kind == "date"
    return action.kind != "assignment" or gives_people(part)
