"""Rules that come along with a whole template: ids mapped, what cannot be kept left out and told (spec 30 §3.11)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.model import Problem
from procession.engine.rule import ACTIONS_LIMIT, CONDITIONS_LIMIT, Action, Condition, Rule
from procession.kernel.ids import new_id, read_id
from procession.templates.rule_actions import Ground, read_actions
from procession.templates.rule_checks import Basis, wrong_targets
from procession.templates.rule_conditions import is_blank, read_conditions
from procession.templates.rule_drafts import ActionDraft, ConditionDraft, RuleDraft

REF_LIMIT = 300


class Left(msgspec.Struct, frozen=True):
    """What was left out: kind (`rule`, `condition`, `action`, `user`, `guest`, `group`), what it was called, where."""

    kind: str
    ref: str
    where: str


class Strangers(msgspec.Struct, frozen=True):
    """Who the people of a document are here: each reads an entry of a list, None when he is nobody here."""

    member: Callable[[object], int | None]
    guest: Callable[[object], str | None]
    group: Callable[[object], str | None]


class Transfer(msgspec.Struct):
    """A transfer on its way: new ids of parts by old ones, what rules are read against, what was left out so far."""

    ids: Mapping[str, str]
    basis: Basis
    strangers: Strangers
    left: list[Left] = []


def transfer_rules(drafts: Sequence[RuleDraft | None], transfer: Transfer) -> tuple[Rule, ...]:
    """The rules in the order of their positions, under new ids. Nothing is refused: what does not fit stays behind.

    A rule that would be left without conditions or without actions is left out whole (rule 2).
    """
    indexed = [(one, place) for place, one in enumerate(drafts, 1)]
    rules = []
    for draft, place in sorted(indexed, key=_place):
        rule = _rule(draft, place, transfer) if draft is not None else None
        if rule is None:
            name = draft.name if draft is not None and isinstance(draft.name, str) else str(place)
            transfer.left.append(Left("rule", name[:REF_LIMIT], "template"))
        else:
            rules.append(rule)
    return tuple(rules)


def _place(entry: tuple[RuleDraft | None, int]) -> tuple[int, int]:
    draft, place = entry
    return (draft.position if draft is not None and isinstance(draft.position, int) else place, place)


def _rule(draft: RuleDraft, place: int, transfer: Transfer) -> Rule | None:
    where = f"rule {place}"
    name = draft.name if isinstance(draft.name, str) else f"Rule {place}"
    conditions = _conditions(draft, where, transfer)
    actions = _actions(draft, name, conditions, where, transfer)
    if not conditions or not actions:
        return None
    return Rule(
        id=new_id(),
        name=name,
        conditions=conditions,
        actions=actions,
        active=draft.active is not False,
        reverse_on_reopen=draft.reversible is True,
        created_at=transfer.basis.now,
        updated_at=transfer.basis.now,
    )


def _conditions(draft: RuleDraft, where: str, transfer: Transfer) -> tuple[Condition, ...]:
    """Read together, for their order, those that can be read alone."""
    sent = draft.conditions if draft.conditions is not UNSET else ()
    kept: list[ConditionDraft] = []
    for one in sent:
        mapped = _mapped(one, ("subject_id",), transfer.ids) if one is not None else None
        problems: list[Problem] = []
        read_conditions([mapped], None, transfer.basis.parts, draft.join, problems)
        if mapped is None or problems or len(kept) == CONDITIONS_LIMIT:
            transfer.left.append(Left("condition", _ref(one, "subject_id"), where))
        else:
            kept.append(mapped)
    return read_conditions(kept, None, transfer.basis.parts, draft.join, [])


def _actions(
    draft: RuleDraft, name: str, conditions: Sequence[Condition], where: str, transfer: Transfer
) -> tuple[Action, ...]:
    """Read together, for their order, those that can be read alone and do not contradict what stands before."""
    ground = Ground(transfer.basis.parts, transfer.basis.people, name)
    sent = draft.actions if draft.actions is not UNSET else ()
    kept: list[ActionDraft] = []
    for one in sent:
        mapped = _mapped(one, ("step_id", "source_id"), transfer.ids) if one is not None else None
        if mapped is not None:
            mapped = _local(mapped, where, transfer)
        problems: list[Problem] = []
        read_actions([mapped], None, ground, problems)
        if mapped is None or problems or len(kept) == ACTIONS_LIMIT:
            transfer.left.append(Left("action", _ref(one, "step_id"), where))
        else:
            kept.append(mapped)
    read = read_actions(kept, None, ground, [])
    wrong = {index for index, _ in wrong_targets(conditions, read)}
    transfer.left += [Left("action", str(one.target), where) for index, one in read if index in wrong]
    return tuple(one for index, one in read if index not in wrong)


def _mapped(draft: Any, names: Sequence[str], ids: Mapping[str, str]) -> Any:
    """The draft with what it names under the new ids; what cannot be mapped names nothing any more."""
    values = {
        name: ids.get(read_id(value) or "", str(value)) for name in names if not is_blank(value := getattr(draft, name))
    }
    return msgspec.structs.replace(draft, id=None, **values)


def _local(draft: ActionDraft, where: str, transfer: Transfer) -> ActionDraft:
    """The action without people who are not here."""
    if not isinstance(draft.assignees, dict):
        return draft
    found: dict[str, list[Any]] = {}
    who = transfer.strangers
    for bucket, kind, read in (
        ("users", "user", who.member),
        ("guests", "guest", who.guest),
        ("groups", "group", who.group),
    ):
        entries = draft.assignees.get(bucket)
        for entry in entries if isinstance(entries, list) else () if is_blank(entries) else (entries,):
            local = read(entry)
            if local is None:
                transfer.left.append(Left(kind, str(entry)[:REF_LIMIT], where))
            else:
                found.setdefault(bucket, []).append(local)
    return msgspec.structs.replace(draft, assignees=found)


def _ref(draft: object, name: str) -> str:
    return str(getattr(draft, name, ""))[:REF_LIMIT]
