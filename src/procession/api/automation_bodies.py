"""Bodies of rules: their shapes, and what was sent as the room `templates` takes it (spec 31 §2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from procession.api.checklist_bodies import listing
from procession.api.reading import Member, Shape, Wrong, boolean, integer, items, raw, text
from procession.engine.richtext import strip_tags
from procession.kernel.ids import read_id
from procession.templates.rule_drafts import ActionDraft, ConditionDraft, RuleDraft

ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
NULLABLE_ID = {"type": ["string", "null"], "pattern": "^[0-9a-f]{32}$"}
NULLABLE_TEXT = {"type": ["string", "null"]}
KINDS = {
    "step": "step",
    "task": "step",
    "capture": "field",
    "field": "field",
    "formfield": "field",
    "prerun": "kickoff",
    "kickoff": "kickoff",
    "kickofffield": "kickoff",
}
"""What a condition or an action may name, by the words clients use, without case and marks."""

_KIND = {"enum": ["Step", "Capture", "Prerun"]}
_PLACE = {"type": "integer", "minimum": 1}
CONDITION = Shape(
    "automationConditionInput",
    {
        "id": raw(ID),
        "conditionable_type": raw(_KIND),
        "conditionable_id": raw(ID),
        "operation": raw({"type": "string"}),
        "statement": raw({"type": ["string", "array", "null"]}),
        "logic": raw({"enum": ["and", "or"]}),
        "position": raw(_PLACE),
        "column_contains_name": raw(NULLABLE_TEXT),
    },
    required=("conditionable_type", "conditionable_id", "operation"),
)
CONDITION_NAMES: Mapping[str, str] = {
    "conditionable_type": "subject_kind",
    "conditionable_id": "subject_id",
    "operation": "operation",
    "statement": "statement",
    "logic": "join",
    "position": "position",
    "column_contains_name": "column",
}
ACTION = Shape(
    "automationActionInput",
    {
        "id": raw(ID),
        "action_type": raw({"enum": ["visibility", "deadline", "assignment", "status", "webhook"]}),
        "action_verb": raw({"type": "string"}),
        "target_step_id": raw(NULLABLE_ID),
        "position": raw(_PLACE),
        "actionable_type": raw({"enum": ["Step", "Capture", "Prerun", None]}),
        "actionable_id": raw(NULLABLE_ID),
        "deadline": raw(
            {
                "type": ["object", "null"],
                "required": ["value", "unit", "option"],
                "properties": {
                    "value": {"type": "integer", "minimum": 0},
                    "unit": {"enum": ["minutes", "hours", "days", "weeks", "months"]},
                    "option": {"enum": ["before", "from"]},
                    "anchor": {"enum": ["start_run", "now", None]},
                },
            }
        ),
        "assignees": raw({"anyOf": [{"$ref": "#/components/schemas/ownerInput"}, {"type": "null"}]}),
        "webhook_url": raw(NULLABLE_TEXT),
        "alias_name": raw(NULLABLE_TEXT),
    },
    required=("action_type",),
)
ACTION_NAMES: Mapping[str, str] = {
    "action_type": "kind",
    "action_verb": "verb",
    "target_step_id": "step_id",
    "position": "position",
    "actionable_type": "source_kind",
    "actionable_id": "source_id",
    "deadline": "deadline",
    "assignees": "assignees",
    "webhook_url": "url",
    "alias_name": "alias",
}


def _list(name: str, *aliases: str) -> Member:
    """A list of objects; null is not sent (spec 00 PUT-05)."""

    def read(_name: str, value: Any) -> Any:
        if value is None:
            return UNSET
        found = listing(value)
        if found is None:
            raise Wrong(f"The {name} must be an array.")
        return found

    return Member(read=read, schema={"type": "array", "minItems": 1, "items": {"type": "object"}}, aliases=aliases)


_name = text(300, clean=strip_tags)
RULE = Shape(
    "automatedActionInput",
    {
        "automated_alias": Member(
            read=lambda name, value: UNSET if value is None else _name.read(name, value),
            schema=_name.schema,
            aliases=("alias", "name"),
        ),
        "conditions": _list("conditions"),
        "then_actions": _list("then actions", "actions"),
        "position": integer(1, null="keep"),
        "condition_logic": raw({"enum": ["and", "or"]}, null="absent"),
        "is_active": boolean(null="keep"),
        "reverse_on_reopen": boolean(null="keep"),
    },
)
RULE.members["conditions"].schema["items"] = {"$ref": f"#/components/schemas/{CONDITION.name}"}
RULE.members["then_actions"].schema["items"] = {"$ref": f"#/components/schemas/{ACTION.name}"}
RULE_NAMES: Mapping[str, str] = {
    "automated_alias": "name",
    "position": "position",
    "condition_logic": "join",
    "is_active": "active",
    "reverse_on_reopen": "reversible",
}
ORDER = Shape("reorderAutomatedActionsInput", {"id": raw(ID), "position": integer(1), "order": items(500, of=ID)})


def rule_draft(sent: Mapping[str, Any]) -> RuleDraft:
    """A rule as the shape `RULE` read it."""
    values: dict[str, Any] = {ours: sent[name] for name, ours in RULE_NAMES.items() if name in sent}
    if "conditions" in sent:
        values["conditions"] = [_condition(one) if isinstance(one, dict) else None for one in sent["conditions"]]
    if "then_actions" in sent:
        values["actions"] = [_action(one) if isinstance(one, dict) else None for one in sent["then_actions"]]
    return RuleDraft(**values)


def rule_drafts(sent: Sequence[object]) -> list[RuleDraft | None]:
    """Rules that come along with a template, read as far as they can be; None for what is no object."""
    return [rule_draft(RULE.read(one, [])) if isinstance(one, dict) else None for one in sent]


def _condition(sent: Mapping[str, Any]) -> ConditionDraft:
    values = {ours: sent[name] for name, ours in CONDITION_NAMES.items() if name in sent}
    if "subject_kind" in values:
        values["subject_kind"] = _kind(values["subject_kind"])
    return ConditionDraft(id=read_id(sent.get("id")), **values)


def _action(sent: Mapping[str, Any]) -> ActionDraft:
    values = {ours: sent[name] for name, ours in ACTION_NAMES.items() if name in sent}
    if "source_kind" in values:
        values["source_kind"] = _kind(values["source_kind"])
    return ActionDraft(id=read_id(sent.get("id")), **values)


def _kind(value: Any) -> Any:
    """`Step`, `capture`, class names such as that of a prerun, in our words; what is none of them as it is."""
    if not isinstance(value, str):
        return value
    plain = value.strip().replace("/", "\\").rpartition("\\")[2].lower()
    return KINDS.get("".join(one for one in plain if one.isalpha()), value)
