"""What is shown beside tasks and processes: people, links, counts and resolved variables, one batch each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from procession.engine.dates import zone
from procession.engine.model import Field, Owners
from procession.engine.snippets import expand
from procession.engine.variables import Dates, Rendered, rendered, resolve, show_date
from procession.engine.work import Answered, Assigned, Process, Task
from procession.kernel.unit import Unit
from procession.labels.custom_values import Values, values_of
from procession.people.model import Actor, Person, member
from procession.people.persons import groups_people, guest_codes, persons
from procession.templates.snippets import contents_at
from procession.templates.versions import CompiledVersion, compiled_versions
from procession.work import queries
from procession.work.veiling import Veil, veils_of

SOON = timedelta(hours=24)


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a page of tasks shows that is not in their rows."""

    persons: Mapping[int, Person]
    codes: Mapping[int, str]
    assigned: Mapping[str, list[Assigned]]
    answers: Mapping[str, list[Answered]]
    marks: Mapping[str, list[tuple[Any, ...]]]
    group_people: Mapping[str, Owners]
    processes: Mapping[str, Process]
    versions: Mapping[str, CompiledVersion]
    values: Mapping[tuple[str, str], Mapping[str, Rendered]]
    custom: Values
    snippets: Mapping[datetime, Mapping[str, str]] = {}
    veils: Mapping[str, Veil] = {}

    def title(self, task: Task) -> str:
        """The title with its variables resolved."""
        return self._resolved(task, task.title, html=False)

    def original_summary(self, task: Task) -> str | None:
        """The description as written: the version's until somebody edits it."""
        if task.summary_edited or task.step_id is None or task.version_id is None:
            return task.summary
        step = self.versions[task.version_id].steps.get(task.step_id)
        return step.summary if step else None

    def summary(self, task: Task) -> str | None:
        """The description with its variables and snippets resolved."""
        return self._shown(task, self.original_summary(task))

    def guidance(self, task: Task, field: Field) -> str | None:
        """The guidance of a field with its variables and snippets resolved."""
        return self._shown(task, field.guidance)

    def texts(self, task: Task) -> list[str | None]:
        """What a task shows of its own: its description, the guidance of the fields of its step."""
        version = self.versions.get(task.version_id or "")
        step = version.steps.get(task.step_id or "") if version is not None else None
        return [self.original_summary(task), *(field.guidance for field in (step.fields if step else ()))]

    def _shown(self, task: Task, text: str | None) -> str | None:
        if not text or not task.has_variables:
            return text
        return self._resolved(task, expand(text, self.snippets.get(_frozen(task, self.processes), {})), html=True)

    def _resolved(self, task: Task, text: str, *, html: bool) -> str:
        if not task.has_variables:
            return text
        system = {"current-task-id": Rendered(task.id), "current-process-id": Rendered(task.process_id or "")}
        found = self.values.get((task.process_id or "", _version_of(task, self.processes) or ""), {})
        if (veil := self.veils.get(task.id)) is not None and veil.aliases:
            found = {**found, **dict.fromkeys(veil.aliases & found.keys(), Rendered())}
        return resolve(text, {**found, **system}, html=html)


class Page(msgspec.Struct, frozen=True):
    """Some tasks with what is shown beside them."""

    tasks: Sequence[Task]
    beside: Beside


def beside(
    unit: Unit,
    actor: Actor,
    tasks: Sequence[Task],
    *,
    assigned: Mapping[str, list[Assigned]] | None = None,
    answers: Mapping[str, list[Answered]] | None = None,
    processes: Mapping[str, Process] | None = None,
    known: Mapping[int, Person] | None = None,
    links: bool = True,
    descriptions: bool = True,
    secrets: Any = None,
) -> Beside:
    """Read what the answer shows of these tasks: a constant number of queries, however many tasks.

    What the caller has at hand (`known`: members as they are shown) is not read again.
    """
    ids = [task.id for task in tasks]
    homes = sorted({task.process_id for task in tasks if task.process_id}) if processes is None else []
    if assigned is None:
        if answers is None:
            unit.announce(_answers, ids)
        if homes:
            unit.ahead(queries.PROCESSES, ids=homes)
        assigned = _assigned(unit, ids)
    if answers is None:
        answers = _answers(unit, ids)
    if processes is None:
        processes = {one.id: one for one in unit.all(queries.PROCESSES, ids=homes)} if homes else {}
    members, guests, groups = _named(assigned)
    known = known or {}
    strangers = members - known.keys()
    readable = guests if actor.role in ("admin", "standard") else guests & {actor.guest_id}
    codes = guest_codes(unit, secrets, readable) if readable and links else {}
    many = [task for task in tasks if task.everyone_must_complete]
    marks: dict[str, list[tuple[Any, ...]]] = {}
    if many:
        for mark in unit.all(queries.MARKS, tasks=[task.id for task in many]):
            marks.setdefault(mark[0], []).append(mark)
    version_ids = {
        version
        for task in tasks
        if (version := _version_of(task, processes)) is not None
        and (task.has_variables or (descriptions and not task.summary_edited and task.version_id is not None))
    }
    versions = compiled_versions(unit, version_ids) if version_ids else {}
    shown = Beside(
        persons={**known, **persons(unit, strangers)} if strangers else known,
        codes=codes,
        assigned=assigned,
        answers=answers,
        marks=marks,
        group_people=groups_people(unit, groups) if many and groups else {},
        processes=processes,
        versions=versions,
        values=_values(unit, actor, tasks, processes, versions),
        custom=values_of(unit, actor.settings, ("task",), ids),
    )
    if veils := veils_of(unit, actor, tasks, assigned, processes):
        shown = _veiled(shown, veils)
    texts = [
        (_frozen(one, processes), shown.original_summary(one)) for one in tasks if descriptions and one.has_variables
    ]
    snippets = contents_at(unit, texts)
    return msgspec.structs.replace(shown, snippets=snippets) if snippets else shown


def _veiled(shown: Beside, veils: Mapping[str, Veil]) -> Beside:
    """Without what a guest is not told of tasks that are not his; of others who completed them neither."""
    answers = {
        one: [answer for answer in found if one not in veils or answer.field_id not in veils[one].fields]
        for one, found in shown.answers.items()
    }
    marks = {one: found for one, found in shown.marks.items() if one not in veils}
    return msgspec.structs.replace(shown, answers=answers, marks=marks, veils=veils)


def open_task(unit: Unit, task_id: str) -> bool:
    """Whether a task is there and neither completed nor archived."""
    found = unit.all(queries.TASKS, ids=[task_id])
    return bool(found) and found[0].is_open and found[0].archived_at is None


def _assigned(unit: Unit, ids: Sequence[str]) -> dict[str, list[Assigned]]:
    found: dict[str, list[Assigned]] = {one: [] for one in ids}
    if ids:
        rows: list[Any] = unit.all(queries.ASSIGNED_OF_TASKS, tasks=ids)
        for task_id, principal, address, position, co_assignee in rows:
            found[task_id].append(Assigned(principal, address, position, co_assignee))
    return found


def _answers(unit: Unit, ids: Sequence[str]) -> dict[str, list[Answered]]:
    found: dict[str, list[Answered]] = {one: [] for one in ids}
    if ids:
        for holder, *columns in unit.all(queries.ANSWERS_OF, holders=ids):
            found[holder].append(Answered(*columns))
    return found


def _named(assigned: Mapping[str, list[Assigned]]) -> tuple[set[int], set[int], set[str]]:
    members: set[int] = set()
    guests: set[int] = set()
    groups: set[str] = set()
    for rows in assigned.values():
        for one in rows:
            kind, key = one.principal[0], one.principal[1:]
            if kind == "u":
                members.add(int(key))
            elif kind == "e":
                guests.add(int(key))
            else:
                groups.add(key)
    return members, guests, groups


def _frozen(task: Task, processes: Mapping[str, Process]) -> datetime:
    """The moment whose snippets a task shows: the launch of its process, else when it was made (spec 30 §15)."""
    home = processes.get(task.process_id or "")
    return home.created_at if home is not None else task.created_at


def _version_of(task: Task, processes: Mapping[str, Process]) -> str | None:
    """The version whose fields the texts of a task may name: its own, for tasks without a step the process's."""
    home = processes.get(task.process_id or "")
    return task.version_id or (home.version_id if home is not None else None)


def _values(
    unit: Unit,
    actor: Actor,
    tasks: Sequence[Task],
    processes: Mapping[str, Process],
    versions: Mapping[str, CompiledVersion],
) -> dict[tuple[str, str], dict[str, Rendered]]:
    """The variables of every process that a flagged task needs, by one query for all of them (spec 30 §14).

    By process and version: tasks that another template brought know the fields of that template alone.
    """
    flagged = [task for task in tasks if task.has_variables and task.process_id]
    needed = sorted({task.process_id for task in flagged if task.process_id})
    if not needed:
        return {}
    stored: dict[str, dict[str, Any]] = {one: {} for one in needed}
    secret = _secret(unit, actor, needed)
    for process_id, holder_id, field_id, value in unit.all(queries.ANSWERS_OF_PROCESSES, processes=needed):
        if holder_id not in secret:
            stored[process_id][field_id] = value
    dates = Dates(zone=zone(actor.settings.calendar.zone))
    names = member_names(unit, stored.values())
    found: dict[tuple[str, str], dict[str, Rendered]] = {}
    for process_id, version_id in {(task.process_id or "", _version_of(task, processes) or "") for task in flagged}:
        version, process = versions.get(version_id), processes.get(process_id)
        values = variables(version, stored[process_id], names, dates) if version else {}
        if process is not None:
            values["DATE"] = Rendered(show_date(process.started_at.astimezone(dates.zone), dates.pattern))
        if version is not None:
            values["TEMPLATE_NAME"] = Rendered(version.document.title)
        found[process_id, version_id] = values
    return found


def _secret(unit: Unit, actor: Actor, process_ids: Sequence[str]) -> frozenset[str]:
    """The confidential tasks whose values are not the caller's to read, as variables neither (spec 20 §27.2)."""
    if actor.is_admin:
        return frozenset()
    found = unit.all(
        queries.SECRET_TASKS, processes=list(process_ids), principals=list(actor.principals), account=actor.account_id
    )
    return frozenset(str(one) for one in found)


def variables(
    version: CompiledVersion, values: Mapping[str, Any], names: Mapping[str, str], dates: Dates
) -> dict[str, Rendered]:
    """Every field of the version as a variable, by its alias; unanswered ones are empty."""
    return {
        alias: rendered(place.field, values[place.field.id], names=names, dates=dates)
        if place.field.id in values
        else Rendered()
        for alias, place in version.aliases.items()
    }


def member_names(unit: Unit, answers: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The names of members that assignee pickers hold."""
    ids = {
        one
        for values in answers
        for value in values.values()
        if isinstance(value, dict)
        for one in value.get("users", ())
        if isinstance(one, int)
    }
    return {member(one.id): one.full_name for one in persons(unit, ids).values()} if ids else {}


class ProcessCounts(msgspec.Struct, frozen=True):
    """What depends on the clock: overdue and due-soon open tasks of a process."""

    overdue: int = 0
    soon: int = 0


def clock_counts(unit: Unit, process_ids: Sequence[str]) -> dict[str, ProcessCounts]:
    """Overdue and due-soon tasks of these processes, read from the index of open deadlines."""
    if not process_ids:
        return {}
    rows = unit.all(queries.OVERDUE, processes=list(process_ids), now=unit.now, soon=unit.now + SOON)
    return {process_id: ProcessCounts(overdue or 0, soon or 0) for process_id, overdue, soon in rows}


def known_values(unit: Unit, actor: Actor, task: Task, process: Process | None) -> Mapping[str, Rendered]:
    """What the variables of a task's texts stand for now, for texts that become values (spec 30 §14.3)."""
    if process is None:
        return {}
    version_id = _version_of(task, {process.id: process}) or ""
    versions = compiled_versions(unit, {version_id})
    flagged = msgspec.structs.replace(task, has_variables=True)
    found = _values(unit, actor, [flagged], {process.id: process}, versions).get((process.id, version_id), {})
    return {**found, "current-task-id": Rendered(task.id), "current-process-id": Rendered(process.id)}
