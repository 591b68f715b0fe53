"""Rules in words: `IF “Budget” is greater than “10000” THEN show “Board”`, for histories and warnings."""

from collections.abc import Mapping

from procession.engine.model import Field, Step, TemplateDocument
from procession.engine.rule import Action, Condition, Rule

GONE = "?"
_OPERATIONS: Mapping[str, str] = {
    "equals": "is",
    "not_equals": "is not",
    "contains": "contains",
    "not_contains": "does not contain",
    "equals_any": "is any of",
    "greater_than": "is greater than",
    "less_than": "is less than",
    "greater_or_equal": "is at least",
    "less_or_equal": "is at most",
    "is_empty": "is empty",
    "is_not_empty": "is not empty",
    "not_assigned": "is not assigned",
    "deadline_overdue": "is overdue",
}
_CLAUSES: Mapping[str, str] = {
    "on-time": " on time",
    "early_24": " 24 hours early",
    "late_24": " 24 hours late",
    "early": " early",
    "late": " late",
}
_VERBS: Mapping[str, str] = {
    "show": "show {step}",
    "hide": "hide {step}",
    "deadline": "set the deadline of {step} to {shift}",
    "assign": "assign {people} to {step}",
    "assign_only": "assign only {people} to {step}",
    "unassign": "take {people} off {step}",
    "clear_assignees": "take everybody off {step}",
    "reopen": "reopen {step}",
    "emit_webhook": "call {url}",
}
_ANCHORS: Mapping[str | None, str] = {"start_run": "the launch", "now": "then", None: "its deadline"}


def sentence(rule: Rule, document: TemplateDocument) -> str:
    """The rule as one sentence, with the names that steps and fields have now."""
    names = names_in(document)
    asked = [_condition(one, names) for one in rule.conditions]
    joined = "".join(
        f" {one.logic.upper()} {text}" if place else text
        for place, (one, text) in enumerate(zip(rule.conditions, asked, strict=True))
    )
    return f"IF {joined} THEN {', '.join(_action(one, names) for one in rule.actions)}"


def names_in(document: TemplateDocument) -> dict[str, str]:
    """What steps and fields are called, by id."""
    parts: list[Step | Field] = [*document.steps, *document.kickoff]
    parts += [field for step in document.steps for field in step.fields]
    return {one.id: f"“{one.title if isinstance(one, Step) else one.label}”" for one in parts}


def _condition(condition: Condition, names: Mapping[str, str]) -> str:
    name = names.get(condition.subject, GONE)
    said = _OPERATIONS.get(condition.operation, f"is {condition.operation}")
    if condition.column is not None:
        name = f"{name} ({condition.column})"
    if condition.kind == "step":
        return f"{name} {said}{_CLAUSES.get(str(condition.statement), '')}"
    statement = condition.statement
    texts = statement if isinstance(statement, tuple) else () if statement is None else (statement,)
    return " ".join([name, said, *([", ".join(f"“{one}”" for one in texts)] if texts else [])])


def _action(action: Action, names: Mapping[str, str]) -> str:
    source = names.get(action.source.id, GONE) if action.source is not None else None
    shift = ""
    if action.shift is not None:
        side = "before" if action.shift.option == "before" else "after"
        anchor = source or _ANCHORS[action.shift.anchor]
        shift = f"{action.shift.value} {action.shift.unit} {side} {anchor}"
    count = sum(map(len, (action.assignees.members, action.assignees.guests, action.assignees.groups)))
    people = f"whom {source} names" if source else f"{count} {'assignee' if count == 1 else 'assignees'}"
    step = names.get(action.target or "", GONE)
    return _VERBS[action.verb].format(step=step, shift=shift, people=people, url=action.url)
