"""Launching again what was launched before: what the new process takes over from the old one (spec 10 §20.1)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.engine.model import Owners
from procession.engine.naming import LIMIT
from procession.engine.work import Process
from procession.kernel.unit import Unit
from procession.labels.reading import folder_ids_of, tag_ids_of
from procession.people.model import Actor
from procession.people.persons import first_active, groups_people
from procession.templates.launching import Launchable
from procession.work import queries, step_queries
from procession.work.gather import all_mentions, know
from procession.work.job_titles import BUCKETS, still_there

COPY = " (copy)"


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What a process hands on. People, groups and titles that are gone are left out; answers are keyed by field.

    `name` is None when the template names its processes itself.
    """

    name: str | None
    answers: Mapping[str, Any]
    folders: list[str]
    tags: list[str]
    members: list[int]
    groups: list[str]
    roles: Mapping[str, Mapping[str, list[Any]]]


def copied(unit: Unit, actor: Actor, process: Process, source: Launchable) -> Copied:
    """What launching this process again starts from, in a constant number of queries."""
    fields = {field.id for field in source.version.document.kickoff}
    answers = {one.field_id: one.value for one in unit.all(queries.ANSWERS, holder=process.id)}
    active = set(first_active(unit, process.members)) if process.members else set()
    groups = groups_people(unit, process.groups) if process.groups else {}
    return Copied(
        name=None if source.settings.auto_naming else process.name[: LIMIT - len(COPY)] + COPY,
        answers={field: value for field, value in answers.items() if field in fields},
        folders=folder_ids_of(unit, "process", [process.id])[process.id],
        tags=tag_ids_of(unit, "process", [process.id])[process.id],
        members=[one for one in process.members if one in active],
        groups=[one for one in process.groups if one in groups],
        roles=_roles(unit, actor, process, source),
    )


def _roles(unit: Unit, actor: Actor, process: Process, source: Launchable) -> dict[str, dict[str, list[Any]]]:
    """Who filled the job titles that the template still asks for."""
    wanted = {title for step in source.version.document.steps for title in step.roles}
    rows = unit.all(step_queries.TITLES_OF_PROCESS, process=process.id) if wanted else []
    filled: dict[str, Owners] = {one.title_id: one.people for one in rows if one.title_id in wanted}
    if not filled:
        return {}
    shapes = [{name: list(getattr(people, ours)) for name, ours in BUCKETS.items()} for people in filled.values()]
    people = know(unit, all_mentions(None, (), {}, shapes), actor.settings).people
    present = {title: still_there(owners, people) for title, owners in filled.items()}
    return {
        title: {name: list(getattr(owners, ours)) for name, ours in BUCKETS.items()}
        for title, owners in present.items()
        if owners != Owners()
    }
