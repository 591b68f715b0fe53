"""Launching another template when a task is completed: a process of its own, or tasks in the same one.

Once per task for the life of the process; chains of such launches end by themselves (spec 30 §12, 10 §22.6, §11.4).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from procession.engine.dates import zone
from procession.engine.model import Step
from procession.engine.naming import NameRule, process_name
from procession.engine.variables import Dates
from procession.engine.work import Process, Task
from procession.kernel.unit import Unit
from procession.people.model import Actor, nobody
from procession.people.persons import first_active, oldest_admin
from procession.people.settings import current_settings
from procession.templates.launching import Launchable, launchable_by_step
from procession.templates.versions import compiled
from procession.work import queries, step_queries
from procession.work.bot import bot_says, launched, not_launched
from procession.work.complete import settle_process
from procession.work.injecting import inject
from procession.work.launch import LaunchOrder, launch
from procession.work.passing_on import passed_on
from procession.work.persist import task_event
from procession.work.reading import member_names, variables
from procession.work.step_queries import StepLaunch
from procession.work.update import Options

DEEPEST = 10
"""How many launches may follow from each other."""

SOON_AGAIN = timedelta(minutes=1)
"""A chain that comes back to a template within this time runs in a circle."""

REPEATED = "The linked template was launched by this task before."
DEEP = "The chain of automatic launches is too long."
CIRCLE = "The chain of automatic launches comes back to a template it just launched."
INJECTED = "The tasks of the linked template are in this process already."
NOBODY_THERE = "Nobody is there to launch the linked template."
REFUSED = "The linked template cannot be launched."


class Skipped(Exception):
    """Nothing is launched; the text says why, on the task."""


class Trigger(msgspec.Struct, frozen=True):
    """A completed task, its locked process, its step, and who starts what it launches."""

    task: Task
    process: Process
    step: Step
    actor: Actor
    chain: list[dict[str, Any]]

    @property
    def launches(self) -> Mapping[str, Any]:
        return self.step.launches or {}


def launch_of_step(unit: Unit, payload: Mapping[str, Any], secrets: Any) -> None:
    """The job: launch what the step of `task_id` says, or tell on the task why not. The bot does it."""
    task = unit.one(queries.TASK, id=payload["task_id"])
    if task is None or task.process_id is None:
        return
    process = unit.one(queries.PROCESS_LOCKED, id=task.process_id)
    step = compiled(unit, task.version_id).steps.get(task.step_id or "") if task.version_id else None
    if process is None or process.archived_at is not None or step is None or step.launches is None:
        return
    try:
        done, title = _launched(unit, task, process, step, secrets)
    except Skipped as skipped:
        told = task_event(task, "launch_skipped", "execution_fail", field="bp_to_launch", new=str(skipped))
        unit.record([told, bot_says(unit, current_settings(unit), task, not_launched(str(skipped)))])
        _settle(unit, process)
        return
    unit.write(step_queries.INSERT_STEP_LAUNCH, **msgspec.structs.asdict(done))
    launches = {"template_id": done.template_id, "process_id": done.child_id, "injected": done.injected}
    said = launched(unit.organization_id, done.child_id, title)
    unit.record(
        [
            task_event(task, "launched", "executed", field="bp_to_launch", new=launches),
            bot_says(unit, current_settings(unit), task, said),
        ]
    )


def _settle(unit: Unit, process: Process) -> None:
    """The process waited for tasks that will not come: maybe it is complete."""
    _, events = settle_process(unit, process)
    unit.record(events)


def _launched(unit: Unit, task: Task, process: Process, step: Step, secrets: Any) -> tuple[StepLaunch, str]:
    """What was launched, and its name: of the process, or of the template whose tasks were added."""
    if unit.one(step_queries.LAUNCH_OF_TASK, task=task.id) is not None:
        raise Skipped(REPEATED)
    inside = unit.all(step_queries.LAUNCHES_INSIDE, process=process.id)
    at = Trigger(task, process, step, _actor(unit, task, process), _chain(unit, task, process, inside))
    target = str(at.launches["template_id"])
    _guard(unit, at.chain, target)
    injects = bool(at.launches.get("inject"))
    if injects and any(one.template_id == target for one in inside):
        raise Skipped(INJECTED)
    source = launchable_by_step(unit, target)
    if isinstance(source, str):
        raise Skipped(source)
    child_id, title = None, source.template.title
    if injects:
        inject(unit, at.actor, process, task, source, secrets)
    else:
        child = _own_process(unit, at, source, secrets)
        child_id, title = child.id, child.name
    chain = [*at.chain, {"template_id": target, "at": unit.now.isoformat()}]
    return StepLaunch(task.id, process.id, target, injects, child_id, chain, unit.now), title


def _chain(unit: Unit, task: Task, process: Process, inside: list[StepLaunch]) -> list[dict[str, Any]]:
    """The launches that led to the task: those that brought it into its process, else those that began the process."""
    brought = next((one for one in inside if one.template_id == task.template_id), None)
    former = brought or unit.one(step_queries.LAUNCH_OF_CHILD, child=process.id)
    if former is not None:
        return former.chain
    return [{"template_id": process.template_id, "at": process.created_at.isoformat()}]


def _guard(unit: Unit, chain: list[dict[str, Any]], target: str) -> None:
    # The first entry is the process that somebody started.
    if len(chain) > DEEPEST:
        raise Skipped(DEEP)
    recent = (unit.now - SOON_AGAIN).isoformat()
    if any(one["template_id"] == target and one["at"] > recent for one in chain):
        raise Skipped(CIRCLE)


def _actor(unit: Unit, task: Task, process: Process) -> Actor:
    """The bot, in the name of whoever starts it: the completer, else the process's owner, else its starter."""
    completer = task.completer or ""
    named = [int(completer[1:])] if completer[:1] == "u" else []
    found = first_active(unit, [*named, process.owner_id, *([process.starter_id] if process.starter_id else [])])
    starter = found[0] if found else oldest_admin(unit)
    if starter is None:
        raise Skipped(NOBODY_THERE)
    return nobody(current_settings(unit), starter)


def _own_process(unit: Unit, at: Trigger, source: Launchable, secrets: Any) -> Process:
    """Launch a child process; its owner is that of the process it comes from (spec 10 §22.6)."""
    owners = first_active(unit, [at.process.owner_id])
    answers = passed_on(unit, at.process, source.version, at.launches.get("field_map") or {})
    order = LaunchOrder(
        fixed_name=_name(unit, at, source),
        owner_id=owners[0] if owners else at.actor.account_id,
        starter_id=at.actor.account_id,
        parent_id=at.process.id,
        answers=answers,
        origin=("task", at.task.id),
        via="task",
    )
    done = launch(unit, at.actor, source, order, secrets, (), Options())
    if done.problems and answers:
        # What was passed on is no reason to launch nothing.
        order = msgspec.structs.replace(order, answers={})
        done = launch(unit, at.actor, source, order, secrets, (), Options())
    if done.process is None:
        raise Skipped(REFUSED)
    return done.process


def _name(unit: Unit, at: Trigger, source: Launchable) -> str:
    """The step's own format with the kick-off answers of the process it comes from, else the dated default."""
    stored: dict[str, Any] = {one.field_id: one.value for one in unit.all(queries.ANSWERS, holder=at.process.id)}
    dates = Dates(zone=zone(at.actor.settings.calendar.zone))
    version = compiled(unit, at.process.version_id)
    kickoff = {alias for alias, place in version.aliases.items() if place.step_id is None}
    found = variables(version, stored, member_names(unit, [stored]), dates)
    values = {alias: value for alias, value in found.items() if alias in kickoff}
    rule = NameRule(source.template.title, auto_naming=True, format=at.launches.get("name_format"))
    return process_name(rule, None, values, unit.now, dates, by_completion=True)
