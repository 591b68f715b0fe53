"""Processes on their way out: what their rows tell, a batch at a time (spec 10 §16)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from procession.discussions.comments import comments_of
from procession.discussions.model import Comment
from procession.engine.model import Field, Stage
from procession.engine.work import Answered, Assigned, Process, Task
from procession.kernel.unit import Unit
from procession.labels.reading import tags_of
from procession.people.model import Actor, group, member
from procession.people.persons import persons
from procession.work import process_queries
from procession.work.access import seen_among
from procession.work.asked import group_names
from procession.work.forms import forms_of, kickoff_forms
from procession.work.milestones import milestones_of
from procession.work.persist import process_event
from procession.work.process_reading import tasks_of
from procession.work.reading import Beside, beside


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Some processes with all that is told of them. `tasks`: those the caller sees, by process."""

    tags: Mapping[str, Sequence[str]]
    tasks: Mapping[str, Sequence[Task]]
    beside: Beside
    forms: Mapping[str, Sequence[Field]]
    kickoff: Mapping[str, Sequence[tuple[Field, Answered | None]]]
    comments: Mapping[str, Sequence[Comment]]
    stages: Mapping[str, Sequence[Stage]]
    names: Mapping[str, str]
    answered_at: Mapping[tuple[str, str], datetime]


def export_batch(unit: Unit, actor: Actor, found: Sequence[Process]) -> Batch:
    """Everything about these processes, in a constant number of queries."""
    ids = [one.id for one in found]
    every = [one for one in tasks_of(unit, ids) if one.archived_at is None or one.archived_with_process]
    processes = {one.id: one for one in found}
    shown = beside(unit, actor, every, processes=processes, links=False, descriptions=False)
    tasks = {one.id: _seen(unit, actor, one, every, shown.assigned) for one in found}
    listed = [task for each in tasks.values() for task in each]
    forms, kickoff = forms_of(unit, listed), kickoff_forms(unit, found)
    comments = comments_of(unit, [one.id for one in listed]) if listed and actor.settings.discusses else {}
    people = persons(unit, _members(found, comments, _picked(shown, kickoff)))
    groups = group_names(unit, _groups(shown.assigned, _picked(shown, kickoff)))
    everybody = {**shown.persons, **people}
    return Batch(
        tags={one: [use.title for use in uses] for one, uses in tags_of(unit, "process", ids).items()},
        tasks=tasks,
        beside=shown,
        forms=forms,
        kickoff=kickoff,
        comments=comments,
        stages=milestones_of(unit, found),
        names={
            **{member(one): person.full_name for one, person in everybody.items()},
            **{group(one): name for one, name in groups.items()},
        },
        answered_at={(holder, field): at for holder, field, at in unit.all(process_queries.ANSWERED_AT, processes=ids)},
    )


def _seen(
    unit: Unit, actor: Actor, process: Process, every: Iterable[Task], assigned: Mapping[str, Sequence[Assigned]]
) -> list[Task]:
    own = [one for one in every if one.process_id == process.id]
    # Only confidential tasks are ever kept from somebody who sees the process.
    return seen_among(unit, actor, process, own, assigned) if any(one.confidential for one in own) else own


def _picked(
    shown: Beside, kickoff: Mapping[str, Sequence[tuple[Field, Answered | None]]]
) -> list[dict[str, list[object]]]:
    """Whom assignee pickers hold."""
    values = [one.value for answers in shown.answers.values() for one in answers]
    values += [answer.value for fields in kickoff.values() for _, answer in fields if answer is not None]
    return [one for one in values if isinstance(one, dict)]


def _members(
    found: Sequence[Process], comments: Mapping[str, Sequence[Comment]], picked: Iterable[Mapping[str, object]]
) -> set[int]:
    wanted = {one.owner_id for one in found}
    wanted |= {int(who[1:]) for each in comments.values() for one in each for who in one.mentioned if who[0] == "u"}
    for one in picked:
        users = one.get("users")
        wanted |= {who for who in users if isinstance(who, int)} if isinstance(users, list) else set()
    return wanted


def _groups(assigned: Mapping[str, Sequence[Assigned]], picked: Iterable[Mapping[str, object]]) -> set[str]:
    wanted = {one.principal[1:] for each in assigned.values() for one in each if one.principal[0] == "g"}
    for one in picked:
        groups = one.get("groups")
        wanted |= {who for who in groups if isinstance(who, str)} if isinstance(groups, list) else set()
    return wanted


def note_export(unit: Unit, process: Process) -> None:
    """Tell in its history that the process left as a table."""
    unit.record([process_event(process.id, "exported", "emitted", field="export")])
