"""Who a rule means, and who the task is given to (spec 31 §5.1)."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from procession.engine.completion import CompletionTask, settle
from procession.engine.model import Owners
from procession.engine.owners import OwnerFacts, join_member, required_people
from procession.engine.people import guest_refusal, read_address, read_group, read_member
from procession.engine.rule import Action
from procession.engine.rules.dating import follow
from procession.engine.rules.progress import Progress, emit, record, remember
from procession.engine.rules.state import CompleteEffect, Event, OwnersEffect, Reason, RuleTask, Undo

_One = TypeVar("_One")
NOBODY = Owners()


def assign(run: Progress, rule_id: str, action: Action, task: RuleTask) -> tuple[Reason | None, Owners]:
    """Change the owners of a task that is not completed, and remember it; the reason why not, and who was left out."""
    if action.verb == "clear_assignees":
        return _give(run, rule_id, task, NOBODY), NOBODY
    if action.verb == "unassign":
        # Whoever is named goes, also those who could not be assigned any more.
        named = _from_field(run, action) or _static(action)
        return (
            "nobody" if named == NOBODY else _give(run, rule_id, task, _minus(task.owners, _both(run, named)))
        ), NOBODY
    fitting, dropped = _meant(run, action, task)
    if fitting == NOBODY:
        return "nobody", dropped
    present = task.owners if action.verb == "assign" else NOBODY
    owners, surplus = _fill(run, task, present, fitting)
    left_out = _plus(dropped, surplus)
    if surplus != NOBODY and owners == present:
        return "full", left_out
    return _give(run, rule_id, task, owners), left_out


def give_back(run: Progress, rule_id: str, task: RuleTask, added: Owners) -> bool:
    """Take the people off a task again whom a rule had `added`. Whether anybody went."""
    return _change(run, rule_id, task, *_joined(run, task, _minus(task.owners, added)))


def same_people(one: Owners, other: Owners) -> bool:
    """Whether both name the same people, in whatever order."""
    return _minus(one, other) == NOBODY and _minus(other, one) == NOBODY


def _give(run: Progress, rule_id: str, task: RuleTask, owners: Owners) -> Reason | None:
    owners, co_assignee = _joined(run, task, owners)
    if not _change(run, rule_id, task, owners, co_assignee):
        return "already"
    undo = Undo(
        rule=rule_id,
        cause=run.wave.event.step or "",
        step=task.step_id,
        aspect="owners",
        owners=owners,
        added=_minus(owners, task.owners),
    )
    remember(run, rule_id, undo)
    return None


def _joined(run: Progress, task: RuleTask, owners: Owners) -> tuple[Owners, int | None]:
    """`owners` with a member beside guests who would be alone (spec 20 §6.3)."""
    facts = OwnerFacts(group_people=run.situation.people.group_people, co_assignee=task.co_assignee)
    return join_member(owners, facts, run.situation.people.fallback)


def _change(run: Progress, rule_id: str, task: RuleTask, owners: Owners, co_assignee: int | None) -> bool:
    """Write the owners, unless they are the same; drop the marks of those who went.

    Tells of a task that nobody has any more, and of one that is complete by that.
    """
    if same_people(owners, task.owners):
        return False
    required = _required(run, owners, co_assignee)
    marks = tuple(mark for mark in task.marks if mark.principal in required)
    after = msgspec.structs.replace(task, owners=owners, co_assignee=co_assignee, marks=marks)
    run.tasks[task.step_id] = after
    added, removed = _minus(owners, task.owners), _minus(task.owners, owners)
    record(run, OwnersEffect(rule_id, task.step_id, task.owners, owners, co_assignee, added, removed))
    if owners == NOBODY:
        emit(run, Event("unassigned", task.step_id))
    _settle(run, rule_id, after, required)
    return True


def _settle(run: Progress, rule_id: str, task: RuleTask, required: frozenset[str]) -> None:
    """Complete a task that waits for nobody any more (spec 20 §6.4)."""
    state = CompletionTask(
        id=task.id,
        kind=task.kind,
        status=task.status,
        has_issue=task.has_issue,
        everyone_must_complete=task.everyone_must_complete,
        marks=task.marks,
    )
    decision = settle(state, required, run.situation.now)
    if decision is None or decision.completed_at is None:
        return
    at, by, approved = decision.completed_at, decision.completed_by, decision.approved
    run.tasks[task.step_id] = msgspec.structs.replace(
        task, status="completed", completed_at=at, completed_by=by, approved=approved
    )
    record(run, CompleteEffect(rule_id, task.step_id, at, by, approved))
    follow(run, rule_id, task.step_id, {}, {task.step_id: at})
    emit(run, Event("completed", task.step_id))


def _required(run: Progress, owners: Owners, co_assignee: int | None) -> frozenset[str]:
    people = required_people(owners, co_assignee, run.situation.people.group_people)
    guests = run.situation.people.guest_principals
    # A guest who is still to be made has marked nothing, whatever he is called until then.
    named = (f"u{member}" for member in people.members)
    return frozenset((*named, *(guests.get(address, address) for address in people.guests)))


def _meant(run: Progress, action: Action, task: RuleTask) -> tuple[Owners, Owners]:
    """Who is to be assigned, and who was named but may not be. The field first, then those the action names."""
    named = _from_field(run, action)
    fitting, dropped = _fitting(run, task, named) if named is not None else (NOBODY, NOBODY)
    if fitting != NOBODY:
        return fitting, dropped
    fitting, more = _fitting(run, task, _static(action))
    return fitting, _plus(dropped, more)


def _static(action: Action) -> Owners:
    named = action.assignees
    return Owners(named.members, named.guests, named.groups)


def _from_field(run: Progress, action: Action) -> Owners | None:
    """Whom the field of an action names; None: nobody, or the field is none that names people."""
    field = run.book.fields.get(action.source.id) if action.source is not None else None
    if field is None:
        return None
    value = run.situation.answers.get(field.id)
    if field.kind in ("text", "email"):
        address = read_address(value)
        return Owners(guests=(address,)) if address is not None else None
    if field.kind != "assignees_form" or not isinstance(value, dict):
        return None
    named = Owners(
        _read(value.get("users"), read_member),
        _read(value.get("guests"), read_address),
        _read(value.get("groups"), read_group),
    )
    return named if named != NOBODY else None


def _read(bucket: Any, read: Callable[[object], _One | None]) -> tuple[_One, ...]:
    found = (read(entry) for entry in bucket) if isinstance(bucket, list) else ()
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _fitting(run: Progress, task: RuleTask, named: Owners) -> tuple[Owners, Owners]:
    """Those of `named` who may be assigned to the task, and the others. The address of a member means the member."""
    people, by_address = run.situation.people.people, run.situation.people.members_by_address
    meant = [one for one in named.members if one in people.members]
    meant += [by_address[address] for address in named.guests if address in by_address]
    strangers = [address for address in named.guests if address not in by_address]
    guests = [one for one in strangers if task.guests_allowed and guest_refusal(one, people) is None]
    groups = [one for one in named.groups if one in people.groups and one not in people.large_groups]
    fitting = Owners(tuple(dict.fromkeys(meant)), tuple(guests), tuple(groups))
    members = tuple(one for one in named.members if one not in people.members)
    return fitting, Owners(members, _others(strangers, guests), _others(named.groups, groups))


def _both(run: Progress, named: Owners) -> Owners:
    """`named` with the members behind its addresses, for taking people off."""
    by_address = run.situation.people.members_by_address
    behind = (by_address[address] for address in named.guests if address in by_address)
    return msgspec.structs.replace(named, members=(*named.members, *behind))


def _fill(run: Progress, task: RuleTask, present: Owners, named: Owners) -> tuple[Owners, Owners]:
    """`present` and `named`, in order, as far as `max_assignable` people allow; and those left over."""
    new = _minus(named, present)
    if task.max_assignable <= 0:
        return _plus(present, new), NOBODY
    owners, surplus = present, NOBODY
    for one in _singly(new):
        grown = _plus(owners, one)
        if _count(run, task, grown) <= max(task.max_assignable, _count(run, task, owners)):
            owners = grown
        else:
            surplus = _plus(surplus, one)
    return owners, surplus


def _count(run: Progress, task: RuleTask, owners: Owners) -> int:
    people = required_people(owners, task.co_assignee, run.situation.people.group_people)
    return len(people.members) + len(people.guests)


def _singly(owners: Owners) -> Iterable[Owners]:
    yield from (Owners(members=(one,)) for one in owners.members)
    yield from (Owners(guests=(one,)) for one in owners.guests)
    yield from (Owners(groups=(one,)) for one in owners.groups)


def _others(named: Iterable[_One], kept: Iterable[_One]) -> tuple[_One, ...]:
    there = set(kept)
    return tuple(one for one in named if one not in there)


def _plus(one: Owners, other: Owners) -> Owners:
    return Owners(one.members + other.members, one.guests + other.guests, one.groups + other.groups)


def _minus(one: Owners, other: Owners) -> Owners:
    return Owners(
        _others(one.members, other.members), _others(one.guests, other.guests), _others(one.groups, other.groups)
    )
