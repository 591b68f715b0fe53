"""Actions of rules as people define them: what was sent, read against the template (spec 31 §2.4 to §2.6, §5)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.model import Field, Owners, Problem, Step
from procession.engine.people import Mentions, People, check_buckets, keeping, mentioned
from procession.engine.richtext import strip_tags
from procession.engine.rule import NAME_LIMIT, VERBS, Action, ActionKind, Assignees, Rule, Shift, Source
from procession.engine.scalars import read_integer
from procession.engine.validations import is_web_address
from procession.kernel.ids import new_id, read_id
from procession.templates.offsets import LARGEST, UNITS
from procession.templates.rule_conditions import (
    INVALID,
    REQUIRED,
    SOURCE,
    Parts,
    Path,
    is_blank,
    read_part,
    read_side,
    word,
)
from procession.templates.rule_drafts import ActionDraft

URL_LIMIT = 2048
NO_COMPLETING = "Automations cannot complete a step."
NO_URL = "Please provide a webhook URL for the webhook action."
NOBODY = "Please fill a list of assignees for the assignment action."
NO_PEOPLE = "The assignees can only come from an assignee picker or a field for e-mail addresses."
NO_DATE = "A deadline can only count from a step or a date field."
TWO_ANCHORS = "The anchor cannot be given together with an actionable."
_COMPLETING = frozenset(("complete", "completed", "finish", "done", "approve", "reject"))
_OPTIONS: Mapping[str, Any] = {"before": "before", "prior_to": "before", "from": "from", "after": "from"}
_ANCHORS: Mapping[str, Any] = {"start_run": "start_run", "now": "now"}


class Ground(msgspec.Struct, frozen=True):
    """What actions are checked against: the parts of the template, what is known of people, the rule's name."""

    parts: Parts
    people: People
    name: str


def mentions(drafts: Sequence[ActionDraft | None]) -> Mentions:
    """Whom the actions name, for looking them up together."""
    found = [mentioned(one.assignees) for one in drafts if one is not None and one.assignees is not UNSET]
    return Mentions(
        members=frozenset().union(*(one.members for one in found)),
        guests=frozenset().union(*(one.guests for one in found)),
        groups=frozenset().union(*(one.groups for one in found)),
    )


def read_actions(
    drafts: Sequence[ActionDraft | None], former: Rule | None, ground: Ground, problems: list[Problem]
) -> tuple[tuple[int, Action], ...]:
    """The actions in the order of their positions, each with its place in the list that was sent.

    Known ids change theirs, others make one. What is wrong goes to `problems`, under `actions`.
    """

    def read(draft: ActionDraft, stored: Action | None, path: Path) -> Action | None:
        return _action(draft if stored is None else _filled(draft, stored), stored, ground, path, problems)

    return read_side("action", drafts, former.actions if former is not None else (), read, problems)


def _filled(draft: ActionDraft, stored: Action) -> ActionDraft:
    """The draft with what is stored in place of what was not sent; what belongs to a kind only while it stays."""
    values: dict[str, Any] = {"step_id": stored.target}
    if draft.kind is UNSET:
        values |= {"kind": stored.kind}
        values |= {"verb": stored.verb} if draft.verb is UNSET else {}
    if stored.source is not None and draft.source_kind is UNSET and draft.source_id is UNSET:
        values |= {"source_kind": stored.source.kind, "source_id": stored.source.id}
    if draft.kind is UNSET or word(draft.kind) == stored.kind:
        people = stored.assignees
        buckets = {"users": [*people.members], "guests": [*people.guests], "groups": [*people.groups]}
        values |= {"deadline": msgspec.to_builtins(stored.shift), "assignees": buckets, "url": stored.url}
        values |= {"alias": stored.hook}
    return msgspec.structs.replace(
        draft, **{name: value for name, value in values.items() if getattr(draft, name) is UNSET}
    )


def _action(
    draft: ActionDraft, stored: Action | None, ground: Ground, path: Path, problems: list[Problem]
) -> Action | None:
    wrong: list[Problem] = []
    unfit: list[Problem] = []
    kind = _kind(draft.kind, wrong)
    verb = _verb(draft.verb, kind, wrong)
    target = _target(draft.step_id, kind, ground.parts, wrong)
    source = _source(draft, kind, ground.parts, wrong, unfit)
    shift = _shift(draft.deadline, source, wrong) if kind == "deadline" else None
    assignees = Assignees()
    if kind == "assignment":
        assignees = _assignees(draft.assignees, ground.people, stored, wrong)
        if verb != "clear_assignees" and assignees == Assignees() and source is None and not wrong:
            unfit.append(Problem(("assignees",), NOBODY))
    url, hook = _webhook(draft, ground.name, wrong) if kind == "webhook" else (None, None)
    found = None
    if not wrong and verb is not None:
        found = Action(
            id=stored.id if stored is not None else new_id(),
            verb=verb,
            target=target,
            source=source,
            shift=shift,
            assignees=assignees,
            url=url,
            hook=hook,
        )
    # What is sent back as it is stored is fine, whatever became of field and people since (spec 00 PUT-11).
    problems += [Problem((*path, *one.path), one.text) for one in (*wrong, *(() if found == stored else unfit))]
    return found


def _kind(value: object, problems: list[Problem]) -> ActionKind | None:
    found: Any = word(value)
    if found in VERBS:
        return found  # type: ignore[no-any-return]
    text = REQUIRED if is_blank(value) else INVALID
    problems.append(Problem(("kind",), text.format("action type")))
    return None


def _verb(value: object, kind: ActionKind | None, problems: list[Problem]) -> Any:
    if kind is None:
        return None
    allowed = VERBS[kind]
    if is_blank(value) and len(allowed) == 1:
        return allowed[0]
    found: Any = word(value)
    if found in allowed:
        return found
    text = f"The action verb only accepts {', '.join(allowed)}."
    if is_blank(value):
        text = REQUIRED.format("action verb")
    elif kind == "status" and found in _COMPLETING:
        text = NO_COMPLETING
    problems.append(Problem(("verb",), text))
    return None


def _target(value: object, kind: ActionKind | None, parts: Parts, problems: list[Problem]) -> str | None:
    if is_blank(value):
        if kind != "webhook":
            problems.append(Problem(("step_id",), REQUIRED.format("target step id")))
        return None
    found = read_id(value)
    if found is None or found not in parts.step:
        problems.append(Problem(("step_id",), INVALID.format("target step id")))
        return None
    return found


def _source(
    draft: ActionDraft, kind: ActionKind | None, parts: Parts, wrong: list[Problem], unfit: list[Problem]
) -> Source | None:
    blank = (is_blank(draft.source_kind), is_blank(draft.source_id))
    if all(blank):
        return None
    if any(blank):
        missing, given = ("actionable type", "actionable id") if blank[0] else ("actionable id", "actionable type")
        text = f"The {missing} field is required when {given} is present."
        wrong.append(Problem((SOURCE.kind if blank[0] else SOURCE.id,), text))
        return None
    named, part = read_part(draft.source_kind, draft.source_id, SOURCE, parts, wrong)
    if part is None:
        return None
    if kind == "deadline" and not (isinstance(part, Step) or part.kind == "date"):
        unfit.append(Problem((SOURCE.id,), NO_DATE))
    if kind == "assignment" and not gives_people(part):
        unfit.append(Problem((SOURCE.id,), NO_PEOPLE))
    return Source(named, part.id)


def gives_people(part: Step | Field) -> bool:
    """Whether the answer of this field may say who is assigned: a picker, or an e-mail address (spec 31 §2.6)."""
    if isinstance(part, Step):
        return False
    mail = part.kind == "text" and "email" in {one.strip().lower() for one in part.validations}
    return part.kind in ("assignees_form", "email") or mail


def _shift(value: object, source: Source | None, problems: list[Problem]) -> Shift | None:
    before = len(problems)
    if value is UNSET or value in (None, "", [], {}):
        problems.append(Problem(("deadline",), REQUIRED.format("deadline")))
        return None
    if not isinstance(value, dict):
        problems.append(Problem(("deadline",), "The deadline must be an object."))
        return None
    missing = [key for key in ("value", "unit", "option") if is_blank(value.get(key))]
    problems += [Problem(("deadline", key), REQUIRED.format(key)) for key in missing]
    number = read_integer(value.get("value"))
    unit = UNITS.get(word(value.get("unit")).removesuffix("s"))
    option, anchor = _OPTIONS.get(word(value.get("option"))), _ANCHORS.get(word(value.get("anchor")))
    if "value" not in missing and (number is None or not 0 <= number <= LARGEST):
        problems.append(Problem(("deadline", "value"), f"The value must be an integer from 0 to {LARGEST}."))
    for key, found in (("unit", unit), ("option", option), ("anchor", anchor)):
        if found is None and not is_blank(value.get(key)):
            problems.append(Problem(("deadline", key), INVALID.format(key)))
    if anchor is not None and source is not None:
        problems.append(Problem(("deadline", "anchor"), TWO_ANCHORS))
    if len(problems) > before or number is None or unit is None or option is None:
        return None
    return Shift(number, unit, option, anchor)


def _assignees(value: object, people: People, stored: Action | None, problems: list[Problem]) -> Assignees:
    """The people named; whoever the stored action names may be sent back, whatever became of him (spec 00 PUT-11)."""
    if value is UNSET or value in (None, "", []):
        return Assignees()
    if not isinstance(value, dict):
        problems.append(Problem(("assignees",), "The assignees must be an object of users, guests and groups."))
        return Assignees()
    kept = stored.assignees if stored is not None else Assignees()
    there = Owners(kept.members, kept.guests, kept.groups)
    found, wrong = check_buckets(value, keeping(people, there), "assignees", members="members")
    problems += wrong
    return Assignees(found.members, found.guests, found.groups)


def _webhook(draft: ActionDraft, name: str, problems: list[Problem]) -> tuple[str | None, str | None]:
    """Address and name of the hook; without a name that of the rule."""
    url, alias = draft.url, draft.alias
    if is_blank(url) or (isinstance(url, str) and not url.strip()):
        problems.append(Problem(("url",), NO_URL))
    elif not isinstance(url, str) or not is_web_address(url.strip()):
        problems.append(Problem(("url",), "The webhook url must be a valid URL."))
    elif len(url.strip()) > URL_LIMIT:
        problems.append(Problem(("url",), f"The webhook url may not be greater than {URL_LIMIT} characters."))
    if is_blank(alias) or (isinstance(alias, str) and not strip_tags(alias).strip()):
        alias = name
    if not isinstance(alias, str):
        problems.append(Problem(("alias",), "The alias name must be a string."))
        return None, None
    if len(alias.strip()) > NAME_LIMIT:
        problems.append(Problem(("alias",), f"The alias name may not be greater than {NAME_LIMIT} characters."))
    return (url.strip() if isinstance(url, str) else None), strip_tags(alias).strip()
