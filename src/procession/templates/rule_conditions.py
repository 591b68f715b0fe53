"""Conditions of rules as people define them: what was sent, read against the template (spec 31 §2.3, §4)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from procession.engine.model import Field, Problem, Step, TemplateDocument
from procession.engine.rule import Action, Condition, FieldOperation, Logic, Rule, StepOperation
from procession.engine.rules.conditions import FIELD_OPERATIONS as FIELD_LEGAL
from procession.engine.rules.conditions import STEP_OPERATIONS as STEP_LEGAL
from procession.engine.scalars import read_integer, scalar_text
from procession.kernel.ids import new_id, read_id
from procession.templates.rule_drafts import ActionDraft, ConditionDraft

STATEMENT_LIMIT = 30_000
"""Characters of a statement, or of one in a list: what the longest answer may have."""

STATEMENTS_LIMIT = 500
COLUMN_LIMIT = 600
REQUIRED = "The {} field is required."
INVALID = "The selected {} is invalid."

Path = tuple[str, ...]

_Draft = TypeVar("_Draft", ConditionDraft, ActionDraft)
_Part = TypeVar("_Part", Condition, Action)


class Names(msgspec.Struct, frozen=True):
    """How a pair of members that name a part is called: by the engine, and in texts."""

    kind: str
    id: str
    kind_words: str
    id_words: str


SUBJECT = Names("subject_kind", "subject_id", "conditionable type", "conditionable id")
SOURCE = Names("source_kind", "source_id", "actionable type", "actionable id")


class Parts(msgspec.Struct, frozen=True):
    """What rules of a template may name: steps, fields of steps and fields of the kick-off form, by id."""

    step: Mapping[str, Step]
    field: Mapping[str, Field]
    kickoff: Mapping[str, Field]

    def find(self, kind: object, part_id: object) -> Step | Field | None:
        """The part of that kind and id; None when there is none, whatever was sent."""
        if kind == "step":
            return self.step.get(str(part_id))
        fields = self.field if kind == "field" else self.kickoff if kind == "kickoff" else {}
        return fields.get(str(part_id))


KINDS = frozenset(Parts.__struct_fields__)


def parts_of(document: TemplateDocument) -> Parts:
    """Everything rules of this template may name."""
    return Parts(
        step={step.id: step for step in document.steps},
        field={field.id: field for step in document.steps for field in step.fields},
        kickoff={field.id: field for field in document.kickoff},
    )


# -- what may be asked of what ----------------------------------------------------------------------------------------

_STEP_WORDS: Mapping[StepOperation, tuple[str, ...]] = {
    "completed": ("completed", "is", "complete", "is_completed", "done", "finished", "sent"),
    "reopened": ("reopened", "reopen", "is_reopened"),
    "approved": ("approved", "approve"),
    "rejected": ("rejected", "reject"),
    "acknowledged": ("acknowledged", "acknowledge"),
    "expired": ("expired", "expire"),
    "not_assigned": ("not_assigned", "unassigned"),
    "deadline_overdue": ("deadline_overdue",),
}
_FIELD_WORDS: Mapping[FieldOperation, tuple[str, ...]] = {
    "equals": ("equals", "equal", "is_equal"),
    "not_equals": ("not_equals", "not_equal", "does_not_equal"),
    "contains": ("contains", "contain"),
    "not_contains": ("not_contains", "does_not_contain"),
    "equals_any": ("equals_any", "any_of"),
    "greater_than": ("greater_than", ">"),
    "less_than": ("less_than", "<"),
    "greater_or_equal": ("greater_or_equal", "greater_than_or_equal", ">="),
    "less_or_equal": ("less_or_equal", "less_than_or_equal", "<="),
    "is_empty": ("is_empty", "empty"),
    "is_not_empty": ("is_not_empty", "not_empty"),
}
_CLAUSE_WORDS: Mapping[str, tuple[str, ...]] = {
    "any_time": ("any_time", "completed", "true", "any", "none", ""),
    "on-time": ("on_time", "ontime"),
    "early_24": ("early_24", "early24"),
    "late_24": ("late_24", "late24"),
    "early": ("early",),
    "late": ("late",),
}


def _spelled(words: Mapping[Any, tuple[str, ...]]) -> dict[str, str]:
    return {word: name for name, spellings in words.items() for word in spellings}


STEP_OPERATIONS = _spelled(_STEP_WORDS)
FIELD_OPERATIONS = _spelled(_FIELD_WORDS)
CLAUSES = _spelled(_CLAUSE_WORDS)
EMPTY = ("is_empty", "is_not_empty")


def legal(part: Step | Field) -> tuple[str, ...]:
    """The operations that may be asked of a step or field of this type."""
    if isinstance(part, Step):
        return tuple(one for one in _STEP_WORDS if (kinds := STEP_LEGAL[one]) is None or part.kind in kinds)
    return tuple(one for one in _FIELD_WORDS if one in FIELD_LEGAL[part.kind])


# -- reading ----------------------------------------------------------------------------------------------------------


def read_conditions(
    drafts: Sequence[ConditionDraft | None], former: Rule | None, parts: Parts, join: object, problems: list[Problem]
) -> tuple[Condition, ...]:
    """The conditions in the order of their positions: known ids change theirs, others make one.

    `join`: `and` or `or` for those that do not say it. What is wrong goes to `problems`, under `conditions`.
    """
    otherwise: Logic = "or" if word(join) in ("or", "any") else "and"

    def read(draft: ConditionDraft, stored: Condition | None, path: Path) -> Condition | None:
        filled = draft if stored is None else _filled(draft, stored)
        return _condition(filled, stored, parts, otherwise, path, problems)

    former_ones = former.conditions if former is not None else ()
    return tuple(one for _, one in read_side("condition", drafts, former_ones, read, problems))


def read_side(
    name: str,
    drafts: Sequence[_Draft | None],
    former: Sequence[_Part],
    read: Callable[[_Draft, _Part | None, Path], _Part | None],
    problems: list[Problem],
) -> tuple[tuple[int, _Part], ...]:
    """The conditions or the actions of a rule in the order of their positions, each with its place in what was sent.

    `read` reads one, beside what of the `former` ones has its id. What is wrong goes to `problems`, under `{name}s`.
    """
    known = {one.id: one for one in former}
    found: list[tuple[int, int, _Part]] = []
    seen: set[str] = set()
    for index, draft in enumerate(drafts):
        path: Path = (f"{name}s", str(index))
        if draft is None:
            problems.append(Problem(path, f"The {name} must be an object."))
            continue
        if draft.id in seen:
            problems.append(Problem((*path, "id"), "The id field has a duplicate value."))
            continue
        place = _read_place(draft.position, index, path, problems)
        part = read(draft, known.get(draft.id or ""), path)
        if part is not None:
            seen.add(part.id)
            found.append((place, index, part))
    return tuple((index, one) for _, index, one in sorted(found, key=lambda one: one[:2]))


def _read_place(value: object, index: int, path: Path, problems: list[Problem]) -> int:
    """Where an entry wants to stand; without a wish, where it stands in the list."""
    if value is UNSET or value is None:
        return index + 1
    place = read_integer(value)
    if place is None or not 0 <= place < 2**31:
        problems.append(Problem((*path, "position"), "The position must be an integer."))
        return index + 1
    return place


def _filled(draft: ConditionDraft, stored: Condition) -> ConditionDraft:
    """The draft with what is stored in place of what was not sent; a statement only of the same question."""
    values: dict[str, Any] = {"subject_kind": stored.kind, "subject_id": stored.subject, "operation": stored.operation}
    values = {name: value for name, value in values.items() if getattr(draft, name) is UNSET}
    draft = msgspec.structs.replace(draft, **values)
    more: dict[str, Any] = {} if draft.join is not UNSET else {"join": stored.logic}
    if (draft.subject_id, word(draft.operation)) == (stored.subject, stored.operation):
        more |= {} if draft.statement is not UNSET else {"statement": _plain(stored.statement)}
        more |= {} if draft.column is not UNSET else {"column": stored.column}
    return msgspec.structs.replace(draft, **more)


def _plain(statement: str | tuple[str, ...] | None) -> str | list[str] | None:
    return list(statement) if isinstance(statement, tuple) else statement


def _condition(
    draft: ConditionDraft, stored: Condition | None, parts: Parts, join: Logic, path: Path, problems: list[Problem]
) -> Condition | None:
    wrong: list[Problem] = []
    unfit: list[Problem] = []
    kind, part = read_part(draft.subject_kind, draft.subject_id, SUBJECT, parts, wrong)
    operation = _operation(draft.operation, kind, part, wrong, unfit)
    statement = _statement(draft.statement, operation, wrong)
    column = _column(draft.column, part, wrong, unfit)
    logic: Any = join if is_blank(draft.join) else word(draft.join)
    if logic not in ("and", "or"):
        wrong.append(Problem(("logic",), INVALID.format("logic")))
    found = None
    if part is not None and not wrong:
        found = Condition(
            id=stored.id if stored is not None else new_id(),
            kind=kind,
            subject=part.id,
            operation=operation,
            statement=statement,
            logic=logic,
            column=column,
        )
    # What is sent back as it is stored is fine, whatever became of the step or field since (spec 00 PUT-11).
    same = found is not None and stored is not None and msgspec.structs.replace(found, logic=stored.logic) == stored
    problems += [Problem((*path, *one.path), one.text) for one in (*wrong, *(() if same else unfit))]
    return found


def read_part(
    kind: object, part_id: object, names: Names, parts: Parts, problems: list[Problem]
) -> tuple[Any, Step | Field | None]:
    """Kind and part that a pair of members names; no part after adding to `problems`."""
    pairs = ((kind, names.kind, names.kind_words), (part_id, names.id, names.id_words))
    missing = [Problem((member,), REQUIRED.format(words)) for value, member, words in pairs if is_blank(value)]
    if missing:
        problems += missing
        return kind, None
    if not isinstance(kind, str) or kind not in KINDS:
        problems.append(Problem((names.kind,), INVALID.format(names.kind_words)))
        return None, None
    part = parts.find(kind, read_id(part_id))
    if part is None:
        problems.append(Problem((names.id,), INVALID.format(names.id_words)))
    return kind, part


def is_blank(value: object) -> bool:
    """Whether a member was not sent, or is null or an empty text."""
    return value is UNSET or value is None or value == ""


def word(value: object) -> str:
    """A word as enumerations are compared: case, blanks and dashes do not count."""
    return value.strip().lower().replace("-", "_").replace(" ", "_") if isinstance(value, str) else ""


def _operation(
    value: object, kind: object, part: Step | Field | None, wrong: list[Problem], unfit: list[Problem]
) -> Any:
    if is_blank(value):
        wrong.append(Problem(("operation",), REQUIRED.format("operation")))
        return None
    words = STEP_OPERATIONS if kind == "step" else FIELD_OPERATIONS
    found = words.get(word(value))
    if part is not None:
        allowed = legal(part)
        if found not in allowed:
            text = f"The operation only accepts {', '.join(allowed)}."
            (wrong if found is None else unfit).append(Problem(("operation",), text))
    elif found is None and word(value) not in STEP_OPERATIONS:
        wrong.append(Problem(("operation",), INVALID.format("operation")))
    return found


def _statement(value: object, operation: str | None, problems: list[Problem]) -> str | tuple[str, ...] | None:
    path = ("statement",)
    if operation in _STEP_WORDS:
        clause = CLAUSES.get(word(value) if isinstance(value, str) else "true" if value is True else "x")
        if value is UNSET or value is None:
            clause = "any_time"
        if clause is None:
            problems.append(Problem(path, INVALID.format("statement")))
        return clause
    if operation in EMPTY:
        return None
    if value is UNSET:
        problems.append(Problem(path, REQUIRED.format("statement")))
        return None
    entries = value if isinstance(value, list) else None
    if operation == "equals_any" and isinstance(value, str):
        entries = [one for one in value.split(",") if one.strip()]
    if entries is None:
        found = None if value is None else _text(value, path, problems)
        return () if found is None and operation == "equals_any" else found
    if len(entries) > STATEMENTS_LIMIT:
        problems.append(Problem(path, f"The statement may not have more than {STATEMENTS_LIMIT} items."))
        return None
    texts = [_text(one, (*path, str(index)), problems) for index, one in enumerate(entries)]
    return tuple(one for one in texts if one is not None)


def _text(value: object, path: Path, problems: list[Problem]) -> str | None:
    """The text of a value to compare with; of an option its text."""
    found = scalar_text(value.get("text", value.get("label")) if isinstance(value, dict) else value)
    if found is None:
        problems.append(Problem(path, "The statement must be a string or a list of strings."))
    elif len(found) > STATEMENT_LIMIT:
        problems.append(Problem(path, f"The statement may not be greater than {STATEMENT_LIMIT} characters."))
    else:
        return found.strip()
    return None


def _column(value: object, part: Step | Field | None, wrong: list[Problem], unfit: list[Problem]) -> str | None:
    """The label or id of a column; nothing for fields that are no tables."""
    text = scalar_text(value)
    if is_blank(value) or (part is not None and part.kind != "table"):
        return None
    if text is None or len(text) > COLUMN_LIMIT:
        wrong.append(Problem(("column",), INVALID.format("column contains name")))
        return None
    if isinstance(part, Field) and not has_column(part, text):
        unfit.append(Problem(("column",), INVALID.format("column contains name")))
    return text.strip()


def has_column(field: Field, named: str) -> bool:
    """Whether a table has a column of that label or id."""
    wanted = named.strip().casefold()
    return any(wanted in (str(one.id), one.label.strip().casefold()) for one in field.columns)
