"""Job titles at work: who fills them at a launch, which tasks have them, and filling them anew (spec 10 §6.5, §8.1)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.model import Owners, Problem, Step
from procession.engine.people import People, check_buckets
from procession.engine.work import Task
from procession.kernel.unit import Unit
from procession.people.job_titles import NO_TITLE, job_titles_by_id
from procession.people.records import JobTitle
from procession.work import step_queries

NOBODY = Owners()
BUCKETS = {"users": "members", "guests": "guests", "groups": "groups"}


def titles_of_steps(unit: Unit, steps: Iterable[Step], sent: Mapping[str, Any]) -> dict[str, JobTitle]:
    """The job titles that steps ask for or somebody named, by id; no query when there are none."""
    return job_titles_by_id(unit, {*(one for step in steps for one in step.roles), *sent})


def default_people(titles: Iterable[JobTitle]) -> list[object]:
    """Whom the titles name by themselves, in the shape of owners objects."""
    return [{name: list(getattr(one.people, ours)) for name, ours in BUCKETS.items()} for one in titles]


def fill(
    titles: Mapping[str, JobTitle], sent: Mapping[str, Any], people: People
) -> tuple[dict[str, Owners], list[Problem]]:
    """Who fills each job title, and what is wrong with whom was sent (spec 10 §6.1).

    Whoever is named nobody for falls to its default people, as far as they are still there.
    """
    found: dict[str, Owners] = {}
    problems: list[Problem] = []
    for title_id, one in sent.items():
        if title_id not in titles:
            problems.append(Problem(("roles", title_id), NO_TITLE))
            continue
        found[title_id], wrong = check_buckets(one, people, "roles", title_id)
        problems += wrong
    for title_id, title in titles.items():
        if found.get(title_id, NOBODY) == NOBODY:
            found[title_id] = still_there(title.people, people)
    return found, problems


def still_there(owners: Owners, people: People) -> Owners:
    """Those who may be assigned now: who was disabled or deleted drops out, and guests who became members."""
    gone = people.disabled_guests | people.member_emails
    return Owners(
        members=tuple(one for one in owners.members if one in people.members),
        guests=tuple(one for one in owners.guests if one not in gone),
        groups=tuple(one for one in owners.groups if one in people.groups),
    )


def title_rows(task: Task, step: Step, filled: Mapping[str, Owners]) -> list[dict[str, Any]]:
    """The rows that say which titles of the step brought whom to the task."""
    return [title_row(task.id, one, task.process_id or "", filled[one]) for one in step.roles if one in filled]


def title_row(task_id: str, title_id: str, process_id: str, people: Owners) -> dict[str, Any]:
    """Whom a title brings to a task, as its table has it."""
    return {"task_id": task_id, "title_id": title_id, "process_id": process_id, "people": msgspec.to_builtins(people)}


def titles_of_tasks(unit: Unit, ids: Sequence[str]) -> dict[str, list[tuple[JobTitle, Owners]]]:
    """The job titles of each task that still exist, with whom they brought, by two queries. Every id has an entry."""
    found: dict[str, list[tuple[JobTitle, Owners]]] = {one: [] for one in ids}
    rows = unit.all(step_queries.TITLES_OF_TASKS, tasks=list(found)) if found else []
    titles = job_titles_by_id(unit, {one.title_id for one in rows})
    for one in rows:
        if one.title_id in titles:
            found[one.task_id].append((titles[one.title_id], one.people))
    return found
