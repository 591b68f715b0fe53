"""Duplicate a task: the copy is a one-off task right behind the original (spec 20 §15)."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.model import Problem
from procession.engine.work import co_assignee_of, owners_of
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.labels.reading import folder_ids_of, tag_ids_of
from procession.people.model import Actor
from procession.work import queries
from procession.work.create_oneoff import Created, OneOff, create_task
from procession.work.gather import fields_of
from procession.work.model import Held
from procession.work.reading import beside

ENDING = " - Copy"
LONGEST = 600
TRIES = 50
"""How many numbered endings are looked up before a random one is taken."""

KEPT = (
    "max_assignable",
    "guests_may_not_comment",
    "everyone_must_complete",
    "only_assignees_complete",
    "guests_allowed",
    "chromeless",
    "confidential",
    "webhook",
    "stage_id",
    "template_id",
)
"""Columns that the copy has from the original."""


class CloneChange(msgspec.Struct, frozen=True, kw_only=True):
    """What the copy has unlike the original; dates and owners as sent."""

    title: str | UnsetType = UNSET
    deadline: object | UnsetType = UNSET
    owners: object | UnsetType = UNSET


def clone_task(
    unit: Unit, actor: Actor, held: Held, change: CloneChange, secrets: Any, problems: list[Problem]
) -> Created:
    """Make the copy; hidden, completed and archived originals too. With problems nothing is written.

    Refuses when the original's process takes no more tasks (spec 20 §9.5).
    """
    task = held.task
    present = owners_of(held.assigned)
    # Whom only the rule against guest-only tasks put there, it puts there again.
    members = [one for one in present.members if one != co_assignee_of(held.assigned)]
    named = {"users": members, "guests": list(present.guests), "groups": list(present.groups)}
    wanted = OneOff(
        title=_title(task.title) if change.title is UNSET else change.title,
        kind=task.kind,
        summary=beside(unit, actor, [task], links=False).original_summary(task),
        deadline=task.deadline if change.deadline is UNSET else change.deadline,
        undated=change.deadline is UNSET,
        started_at=task.started_at,
        soft_start=task.soft_start,
        owners=named if change.owners is UNSET else change.owners,
        present=present,
        fields=[msgspec.structs.replace(one, id=new_id(), number=0) for one in fields_of(unit, task)],
        columns={
            **{name: getattr(task, name) for name in KEPT},
            "linked_step_id": task.step_id or task.linked_step_id,
        },
        tags=tag_ids_of(unit, "task", [task.id])[task.id],
        folders=folder_ids_of(unit, "task", [task.id])[task.id],
        position=task.position,
        after=task.id if held.process is not None else None,
        alias=_alias(unit, task.alias or "task"),
        origin=task.id,
    )
    return create_task(unit, actor, wanted, held.process, secrets, problems)


def _title(original: str) -> str:
    return original[: LONGEST - len(ENDING)] + ENDING


def _alias(unit: Unit, original: str) -> str:
    """The original's alias with an ending that no other task has."""
    stem = f"{original[:280]}-copy"
    wanted = [stem, *(f"{stem}-{number}" for number in range(2, TRIES))]
    taken = set(unit.all(queries.ALIASES, aliases=wanted))
    return next((one for one in wanted if one not in taken), f"{stem}-{new_id()[-8:]}")
