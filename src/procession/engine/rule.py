"""Rules as a template version holds them, inside its JSON document (spec 31 §2). Plain frozen data.

Order is the order of the tuples: a rule's `position` is its place in the document, a condition's and an action's their
place in the rule, each from 1. Ids are 32 hex characters. What stands here was checked when it was saved, but a step
or field may have changed its type since (§3.2): whoever reads a rule has to expect that it no longer fits.

Imports nothing of the engine, because the document (`engine/model.py`) is made of it; what runs them is `rules/`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

SubjectKind = Literal["step", "field", "kickoff"]
"""What a condition looks at or an action takes its value from: a step, a step's field, a field of the kick-off form."""

StepOperation = Literal[
    "completed", "approved", "rejected", "acknowledged", "expired", "reopened", "not_assigned", "deadline_overdue"
]
FieldOperation = Literal[
    "contains",
    "not_contains",
    "equals",
    "not_equals",
    "equals_any",
    "greater_than",
    "less_than",
    "greater_or_equal",
    "less_or_equal",
    "is_empty",
    "is_not_empty",
]
Operation = Literal[StepOperation, FieldOperation]
TimeClause = Literal["any_time", "on-time", "early_24", "late_24", "early", "late"]
Logic = Literal["and", "or"]

ActionKind = Literal["visibility", "deadline", "assignment", "status", "webhook"]
Verb = Literal[
    "show", "hide", "deadline", "assign", "assign_only", "unassign", "clear_assignees", "reopen", "emit_webhook"
]
ShiftUnit = Literal["minutes", "hours", "days", "weeks", "months"]

VERBS: dict[ActionKind, tuple[Verb, ...]] = {
    "visibility": ("show", "hide"),
    "deadline": ("deadline",),
    "assignment": ("assign", "assign_only", "unassign", "clear_assignees"),
    "status": ("reopen",),
    "webhook": ("emit_webhook",),
}
"""Which verbs an action of a kind may have (§2.5). The kind follows from the verb, so that only the verb is stored."""

KIND_OF: dict[Verb, ActionKind] = {verb: kind for kind, verbs in VERBS.items() for verb in verbs}

CONDITIONS_LIMIT = 100
ACTIONS_LIMIT = 200
RULES_LIMIT = 500
NAME_LIMIT = 300


class Condition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One IF. `subject` is the id of the step or field.

    `statement` of a step operation is a `TimeClause` (§4.2), of a field operation what it is compared with: a text, or
    several (always several for `equals_any`). `logic` joins it to the result so far; the first one's is kept and
    ignored. `column`: label or id of the only table column to look into.
    """

    id: str
    kind: SubjectKind
    subject: str
    operation: Operation
    statement: str | tuple[str, ...] | None = None
    logic: Logic = "and"
    column: str | None = None


class Source(msgspec.Struct, frozen=True):
    """What an action takes its value from: the deadline of a step, the answer of a field (`actionable`, §2.4)."""

    kind: SubjectKind
    id: str


class Shift(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far from its anchor a deadline is put; `anchor` only for actions without a source (§5.3)."""

    value: int
    unit: ShiftUnit
    option: Literal["before", "from"]
    anchor: Literal["start_run", "now"] | None = None


class Assignees(msgspec.Struct, frozen=True, omit_defaults=True):
    """The people of an assignment: member ids, guests' addresses (lower case), group ids, in order."""

    members: tuple[int, ...] = ()
    guests: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Action(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One THEN. `target` is the id of the step it acts on; None only for webhooks.

    `shift` of a deadline, `assignees` of an assignment (also what counts when `source` gives nobody), `url` and
    `hook` (the name of the hook in the payload) of a webhook.
    """

    id: str
    verb: Verb
    target: str | None = None
    source: Source | None = None
    shift: Shift | None = None
    assignees: Assignees = Assignees()
    url: str | None = None
    hook: str | None = None

    @property
    def kind(self) -> ActionKind:
        return KIND_OF[self.verb]


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """IF the conditions hold THEN do the actions (§2.2). An inactive rule is as if it did not exist in a process.

    `sequential`: made to force an order, and not touched by anybody since (spec 30 §9.4).
    """

    id: str
    name: str
    conditions: tuple[Condition, ...] = ()
    actions: tuple[Action, ...] = ()
    active: bool = True
    reverse_on_reopen: bool = False
    sequential: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    revision: int = 1


def ids_in(rule: Rule) -> Iterator[str]:
    """The steps and fields a rule names, in conditions, targets and sources, with repetitions (§3.2)."""
    for condition in rule.conditions:
        yield condition.subject
    for action in rule.actions:
        if action.target is not None:
            yield action.target
        if action.source is not None:
            yield action.source.id
