"""The tasks of a launch: dates, people and rows of every step, planned in memory and written in bulk (spec 10 §6.5)."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.completion import BY_CLOCK
from procession.engine.dates import zone
from procession.engine.deadlines import StepDates, launch_dates, read_deadline, read_start
from procession.engine.model import Owners, Problem, Step
from procession.engine.owners import decide_owners, headcount, join_member, read_owners
from procession.engine.people import Mentions, mentioned
from procession.engine.phrases import phrase_reader
from procession.engine.rules.book import watches_overdue
from procession.engine.snippets import is_live
from procession.engine.variables import holds_variables
from procession.engine.work import Assigned, Process, Task
from procession.kernel.folding import fold
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.labels.custom_values import inherit_values
from procession.people.model import Actor
from procession.people.past import UNSAID, Past
from procession.templates.launching import Launchable
from procession.work import queries, step_queries
from procession.work.gather import Known, fallback_order
from procession.work.job_titles import still_there, title_rows
from procession.work.persist import assigned_rows, assignment_row, task_event
from procession.work.rule_changes import guests_of
from procession.work.rule_launch import Given, launched
from procession.work.text_files import note_texts


class StepOverride(msgspec.Struct, frozen=True, kw_only=True):
    """What the launcher says about one step; UNSET is "the template decides"."""

    deadline: object | UnsetType = UNSET
    started_at: object | UnsetType = UNSET
    owners: object | UnsetType = UNSET
    unassigned: bool = False
    position: int | UnsetType = UNSET
    max_assignable: int | UnsetType = UNSET
    title: str | UnsetType = UNSET
    summary: str | UnsetType | None = UNSET
    skip: bool = False
    guests_note: str | None = None
    """What guests of the task are told with it."""


NOTHING = StepOverride()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What planning the tasks needs."""

    unit: Unit
    actor: Actor
    source: Launchable
    overrides: Mapping[str, StepOverride]
    known: Known
    starter: int | None
    owner: int | None
    roles: Mapping[str, Owners] = {}
    written: Mapping[str, str] = {}
    """Addresses that stand on steps as `{{alias}}`, by that text."""
    past: Past = UNSAID
    """When the process began, if that was not now: dates count from there. Who began it may be gone: `starter` is who
    gets his tasks (spec 50 IMP-03)."""
    behind: int = 0
    """The place after which the tasks stand: 0 at a launch, that of a running task when they join its process."""

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.source.version.document.steps

    def override(self, step: Step) -> StepOverride:
        """By step id, or by the step's alias."""
        return self.overrides.get(step.id) or self.overrides.get(step.alias) or NOTHING


class PlannedTask(msgspec.Struct, frozen=True, kw_only=True):
    """One step with everything decided but its rows."""

    step: Step
    position: int
    dates: StepDates
    owners: Owners
    co_assignee: int | None
    override: StepOverride


def override_problems(plan: Plan) -> list[Problem]:
    """Keys that name no step, and steps that may not be skipped."""
    known = {step.id for step in plan.steps} | {step.alias for step in plan.steps}
    problems = [Problem(("tasks", key), "Step not found") for key in plan.overrides if key not in known]
    problems += [
        Problem(("tasks", step.id, "skip"), "This step is mandatory and can't be skipped.")
        for step in plan.steps
        if step.mandatory and plan.override(step).skip
    ]
    return problems


def plan_tasks(plan: Plan, problems: list[Problem]) -> list[PlannedTask]:
    """Dates, order and people of every step that is not skipped. What is wrong goes to `problems`."""
    calendar = plan.actor.settings.calendar
    phrases = phrase_reader(plan.unit.now, zone(calendar.zone))
    given: dict[str, datetime] = {}
    for step in plan.steps:
        if (sent := plan.override(step).deadline) is not UNSET:
            deadline, wrong = read_deadline(sent, calendar, phrases)
            if wrong is not None:
                problems.append(Problem(("tasks", step.id, "deadline"), wrong))
            elif deadline is not None:
                given[step.id] = deadline
    dates = launch_dates(
        plan.steps, plan.past.began_at or plan.unit.now, calendar, plan.actor.settings.default_deadline, given
    )
    kept = [step for step in plan.steps if not plan.override(step).skip]
    fallback = fallback_order(plan.unit, plan.actor, plan.owner, plan.starter) if _has_guests(plan) else ()
    planned = []
    for place, step in enumerate(_ordered(plan, kept), plan.behind + 1):
        owners, co_assignee = _owners(plan, step, fallback, problems)
        planned.append(
            PlannedTask(
                step=step,
                position=place,
                dates=_dates(plan, step, dates[step.id], problems),
                owners=owners,
                co_assignee=co_assignee,
                override=plan.override(step),
            )
        )
    return planned


def _ordered(plan: Plan, kept: Sequence[Step]) -> list[Step]:
    """Template order, but for steps given a place of their own."""
    order = [step for step in kept if plan.override(step).position is UNSET]
    placed = [(plan.override(step).position, step) for step in kept if plan.override(step).position is not UNSET]
    for place, step in sorted(placed, key=lambda pair: int(pair[0])):  # type: ignore[arg-type]
        order.insert(max(int(place) - 1, 0), step)  # type: ignore[arg-type]
    return order


def _dates(plan: Plan, step: Step, dates: StepDates, problems: list[Problem]) -> StepDates:
    sent = plan.override(step).started_at
    if sent is UNSET:
        return dates
    calendar = plan.actor.settings.calendar
    start, wrong = read_start(sent, calendar, phrase_reader(plan.unit.now, zone(calendar.zone)))
    if wrong is not None:
        problems.append(Problem(("tasks", step.id, "started_at"), wrong))
    return msgspec.structs.replace(dates, started_at=start)


def _has_guests(plan: Plan) -> bool:
    inside = plan.known.owner_facts.group_people.values()
    named = any(step.guests for step in plan.steps) or any(one.guests for one in (*inside, *plan.roles.values()))
    return named or any(plan.override(step).owners is not UNSET for step in plan.steps)


def _owners(plan: Plan, step: Step, fallback: Sequence[int], problems: list[Problem]) -> tuple[Owners, int | None]:
    """Body, else template, else the starter; guests never alone (spec 10 §6.5)."""
    override, settings, facts = plan.override(step), plan.actor.settings, plan.known.owner_facts
    if override.unassigned:
        return Owners(), None
    cap = step.max_assignable if override.max_assignable is UNSET else override.max_assignable
    draft, wrong = read_owners(None if override.owners is UNSET else override.owners)
    problems.extend(Problem(("tasks", step.id, *one.path), one.text) for one in wrong)
    if draft is not None:
        decision = decide_owners(
            draft,
            facts,
            Owners(),
            cap=cap,
            guests_allowed=step.guests_allowed,
            group_limit=settings.group_limit,
            fallback=fallback,
            member_needed=settings.guest_tasks_need_member,
        )
        problems.extend(Problem(("tasks", step.id, *one.path), one.text) for one in decision.problems)
        if decision.owners != Owners():
            return decision.owners, decision.co_assignee
    owners = _template_owners(plan, step)
    if owners == Owners() and step.assign_starter and plan.starter is not None:
        return Owners(members=(plan.starter,)), None
    if not settings.guest_tasks_need_member:
        return owners, None
    return join_member(owners, facts, fallback)


def _template_owners(plan: Plan, step: Step) -> Owners:
    """The people on the step who are still there: disabled members, deleted groups, disabled guests drop out.

    Whoever fills a job title of the step at this launch stands beside them (spec 10 §6.5); an address whose guest
    became a member is that member (spec 40 §14.4).
    """
    addresses = [plan.written.get(one, one) for one in step.guests]
    addresses = [one for one in addresses if "{{" not in one]
    joined = {one.email: one.id for one in plan.known.persons.values() if one.id in plan.known.people.members}
    own = still_there(Owners(step.members, tuple(addresses), step.groups), plan.known.people)
    filled = [plan.roles[role] for role in step.roles if role in plan.roles]
    allowed = [one.guests for one in filled] if step.guests_allowed else []
    return Owners(
        members=_merged(
            own.members,
            tuple(joined[one] for one in addresses if one in joined),
            *(one.members for one in filled),
        ),
        guests=_merged(own.guests, *allowed),
        groups=_merged(own.groups, *(one.groups for one in filled)),
    )


def _merged(*lists: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(one for each in lists for one in each))


class Written(msgspec.Struct, frozen=True):
    """How many tasks each principal was given, and what is to be recorded of the rules."""

    given: Counter[str]
    told: Sequence[Event]


def write_tasks(
    plan: Plan, planned: Sequence[PlannedTask], process: Process, secrets: Any, answers: Mapping[str, Any]
) -> Written:
    """Let the rules follow the launch, then write tasks and assignments in bulk. `answers`: of the kick-off form."""
    unit, book = plan.unit, plan.source.version.rules
    numbers = unit.numbers("task", len(planned)) if planned else range(0)
    overdue = watches_overdue(book)
    fresh: Sequence[Given] = [
        Given(_task(plan, one, process, number, overdue), one.owners, one.co_assignee)
        for one, number in zip(planned, numbers, strict=True)
    ]
    fresh, told = launched(unit, plan.actor, book, process, fresh, answers)
    ids = guests_of(unit, secrets, [one.owners for one in fresh])
    assignments, titles, events = [], [], []
    given: Counter[str] = Counter()
    for one, step in zip(fresh, planned, strict=True):
        assigned = assigned_rows(one.owners, ids, one.co_assignee)
        titles += title_rows(one.task, step.step, plan.roles) if _by_template(step) else []
        assignments += [assignment_row(one.task, row) for row in assigned]
        events.append(_created(one.task, assigned, step.override.guests_note))
        if one.task.max_assignable > 0:
            events += _surplus(one.task, headcount(one.owners, plan.known.owner_facts.group_people, one.co_assignee))
        given.update(row.principal for row in assigned)
    unit.write_many(queries.INSERT_TASK, [task_row(one.task) for one in fresh])
    note_texts(unit, plan.actor, "task", [(one.task.id, one.task.summary) for one in fresh if one.task.summary])
    unit.write_many(queries.INSERT_ASSIGNMENT, assignments)
    unit.write_many(step_queries.SAVE_TASK_TITLE, titles)
    origins = {one.task.id: one.task.step_id for one in fresh if one.task.step_id is not None}
    inherit_values(unit, plan.actor.settings, "step", "task", origins)
    unit.record(events)
    return Written(given, told)


def _by_template(planned: PlannedTask) -> bool:
    """Whether the step itself says who has the task, and not the launcher."""
    override = planned.override
    return not override.unassigned and (override.owners is UNSET or mentioned(override.owners) == Mentions())


def _created(task: Task, assigned: Sequence[Assigned], note: str | None = None) -> Event:
    state = {"task": msgspec.to_builtins(task), "assigned": msgspec.to_builtins(assigned)}
    if note is not None:  # for the mails that are made from it (spec 10 §6.5)
        state["guests_note"] = note
    return task_event(task, "created", "created", new=state, shown=False)


def _surplus(task: Task, people: int) -> list[Event]:
    """More than the step allows, by a group that grew for instance: kept, and told (spec 30 §10.5, 10 §6.5)."""
    if people <= task.max_assignable:
        return []
    new = {"allowed": task.max_assignable, "people": people}
    return [task_event(task, "surplus", "owners-updated", field="max_assignable", new=new)]


def task_row(task: Task) -> dict[str, Any]:
    """A task as its table has it."""
    row = {name: getattr(task, name) for name in Task.__struct_fields__}
    row["folded"] = fold(task.title, 2400)
    return row


def _task(plan: Plan, planned: PlannedTask, process: Process, number: int, overdue: Container[str]) -> Task:
    """`overdue`: the steps whose lateness a rule waits for."""
    step, override, now = planned.step, planned.override, plan.unit.now
    title = step.title if override.title is UNSET else override.title
    edited = override.summary is not UNSET
    summary = override.summary if override.summary is not UNSET else None
    variables = holds_variables(title) or is_live(summary if edited else step.summary)
    variables = variables or any(is_live(field.guidance) for field in step.fields)
    cap = step.max_assignable if override.max_assignable is UNSET else override.max_assignable
    return Task(
        id=new_id(),
        number=number,
        process_id=process.id,
        template_id=plan.source.template.id,
        version_id=plan.source.version_id,
        step_id=step.id,
        linked_step_id=None,
        oneoff=False,
        title=title,
        summary=summary,
        summary_edited=edited,
        has_variables=variables,
        alias=step.alias,
        stage_id=step.stage_id,
        kind=step.kind,
        status="auto-skipped" if step.hidden_by_default else "not-started",
        hidden_from="not-started" if step.hidden_by_default else None,
        visibility_source="default" if step.hidden_by_default else None,
        approved=None,
        position=planned.position,
        template_position=step.position,
        started_at=planned.dates.started_at,
        soft_start=step.soft_start,
        deadline=planned.dates.deadline,
        deadline_rule=msgspec.to_builtins(step.deadline) if step.deadline else None,
        deadline_projected=planned.dates.projected,
        dated_by_hand=planned.dates.dated_by_hand,
        anchors_others=step.id in plan.source.version.anchored,
        starter_id=plan.past.author_id or plan.starter,
        completed_at=None,
        completer=None,
        completer_email=None,
        completion_caller=None,
        reopened_at=None,
        reopener=None,
        everyone_must_complete=step.everyone_must_complete,
        only_assignees_complete=step.only_assignees_complete,
        guests_allowed=step.guests_allowed,
        max_assignable=cap,
        guests_may_not_comment=step.guests_may_not_comment,
        confidential=step.confidential,
        webhook=step.webhook,
        has_issue=False,
        chromeless=step.chromeless,
        own_fields=None,
        created_at=plan.past.made_at or now,
        updated_at=now,
        archived_at=None,
        archived_with_process=False,
        revision=1,
        clocked=step.kind in BY_CLOCK or step.id in overdue,
    )
