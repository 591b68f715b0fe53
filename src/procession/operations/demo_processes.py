"""The processes of the demo organization, lived through by its people with the product's own use cases."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from procession.accounts.keys import Secrets
from procession.engine.model import Field, Step
from procession.engine.status import OPEN
from procession.engine.work import Process, Task, TaskChange
from procession.kernel.database import Session
from procession.kernel.paging import Page
from procession.kernel.unit import Unit
from procession.operations.demo_cases import ALL, GUEST_STEPS, DemoProcess
from procession.operations.demo_people import JONAS, MAYA
from procession.people.model import Actor
from procession.templates.launching import Launchable, launchable
from procession.work import access, archive, complete, launch, lists, update
from procession.work.forms import forms_of
from procession.work.launch_tasks import StepOverride

LENIENT = update.Options(coerce=True)


class Cast(msgspec.Struct, frozen=True):
    """Who and what the processes need: people as actors by address and by principal, ids by name."""

    secrets: Secrets
    now: datetime
    actors: Mapping[str, Actor]
    group_members: Mapping[str, str]
    templates: Mapping[str, str]
    tags: Mapping[str, str]
    folders: Mapping[str, str]


class _Story:
    """One process on its way: the transaction it is written in, the moment it is now."""

    def __init__(self, session: Session, organization_id: str, cast: Cast, demo: DemoProcess, place: int) -> None:
        self.session = session
        self.organization_id = organization_id
        self.cast = cast
        self.demo = demo
        self.place = place
        self.start = cast.now - timedelta(days=demo.age, hours=3, minutes=7 * place)

    def unit(self, actor: Actor, share: float) -> Unit:
        """A unit of this person; `share` of the time between launch and now has gone by."""
        now = self.start + (self.cast.now - self.start) * min(share, 1.0)
        return Unit(self.session, self.organization_id, now, principal=actor.principal, client="demo")

    def sample(self, field: Field) -> object:
        """What these people answer; None: nothing."""
        samples = self.demo.template.samples().get(field.label)
        if samples is None:
            return None
        answer = samples[self.place % len(samples)]
        if answer == "day":
            return f"{self.start + timedelta(days=14):%Y-%m-%d}"
        return {"users": [self.cast.actors[JONAS].account_id]} if answer == "manager" else answer


def live(session: Session, organization_id: str, cast: Cast, demo: DemoProcess, place: int) -> None:
    """Everything that happened to one process, from its launch to today."""
    story = _Story(session, organization_id, cast, demo, place)
    process = _launch(story)
    tasks = _tasks(story, process)
    finished = tasks[: demo.done]
    for index, task in enumerate(finished, 1):
        # All done: the last one was a while ago; on the way: the last one was just now.
        _finish(story, task, index / (len(finished) + (8 if demo.done == ALL else 2)))
    if demo.done == ALL:
        # What rules opened again, or showed too late to be met on the way.
        for task in tasks:
            _finish(story, task, 0.98)
    following = next((task for task in tasks[len(finished) :] if _is_open(story, task)), None)
    if following is not None:
        _begin(story, following)
    if demo.archived:
        starter = cast.actors[JONAS]
        unit = story.unit(starter, 0.97)
        archive.archive(unit, access.process_for_update(unit, starter, process.id))


def _launch(story: _Story) -> Process:
    cast, demo = story.cast, story.demo
    starter = cast.actors[demo.by]
    unit = story.unit(starter, 0)
    source = launchable(unit, starter, cast.templates[demo.template.title])
    about = source.version.document.kickoff[0]
    answers = {field.id: value for field in source.version.document.kickoff if (value := story.sample(field))}
    order = launch.LaunchOrder(
        name=demo.name,
        answers={**answers, about.id: demo.about},
        overrides=_guests(source, demo),
        tags=[cast.tags[one] for one in demo.tags],
        folders=[cast.folders[demo.folder]] if demo.folder else [],
        starred=demo.starred,
        via="demo",
    )
    done = launch.launch(unit, starter, source, order, cast.secrets, (), LENIENT)
    if done.process is None:
        raise AssertionError(f"{demo.name}: {done.problems}")
    return done.process


def _guests(source: Launchable, demo: DemoProcess) -> dict[str, StepOverride]:
    """The outsider's own task goes to the guest, with whom it is at Northwind beside."""
    if demo.guest is None:
        return {}

    def override(step: Step) -> StepOverride:
        return StepOverride(owners={"users": list(step.members), "guests": [demo.guest], "groups": []})

    return {one.id: override(one) for one in source.version.document.steps if one.title.startswith(GUEST_STEPS)}


def _tasks(story: _Story, process: Process) -> list[Task]:
    starter = story.cast.actors[MAYA]
    wanted = lists.TaskSearch(scope="process", process_id=process.id)
    found = lists.task_page(story.unit(starter, 0), starter, wanted, Page(1, 100)).tasks
    return sorted(found, key=lambda task: task.position)


def _finish(story: _Story, task: Task, share: float) -> None:
    """Answer the form of the task and complete it; everybody who has to, where all have to.

    A task that rules hid, or that is complete already, is left as it is.
    """
    if not _is_open(story, task):
        return
    people = _people(story, task)
    _answer(story, people[0], task, share)
    for actor in people if task.everyone_must_complete else people[:1]:
        _complete(story, actor, task, share)


def _is_open(story: _Story, task: Task) -> bool:
    starter = story.cast.actors[MAYA]
    return access.task_to_see(story.unit(starter, 0), starter, task.id, None).task.status in OPEN


def _begin(story: _Story, task: Task) -> None:
    """What has been done about the task that is next."""
    people = _people(story, task)
    if story.demo.begun:
        _answer(story, people[0], task, 0.99)
    if story.demo.half and task.everyone_must_complete:
        _complete(story, people[0], task, 0.99)


def _people(story: _Story, task: Task) -> Sequence[Actor]:
    """The members who do the task: those assigned, of a group one, administrators last; else the one who launched."""
    starter = story.cast.actors[MAYA]
    held = access.task_to_see(story.unit(starter, 0), starter, task.id, None)
    principals = [story.cast.group_members.get(one.principal, one.principal) for one in held.assigned]
    found = [story.cast.actors[one] for one in principals if one in story.cast.actors]
    return found or [story.cast.actors[story.demo.by]]


def _answer(story: _Story, actor: Actor, task: Task, share: float) -> None:
    unit = story.unit(actor, share)
    fields = forms_of(unit, [task])[task.id]
    answers = {field.id: value for field in fields if (value := story.sample(field)) is not None}
    if not answers:
        return
    held = access.task_for_update(unit, actor, task.id, None)
    done = update.change_task(unit, actor, held, TaskChange(answers=answers), story.cast.secrets, (), LENIENT)
    _require(story, task, done.problems)


def _complete(story: _Story, actor: Actor, task: Task, share: float) -> None:
    unit = story.unit(actor, share)
    held = access.task_for_update(unit, actor, task.id, None)
    asked = complete.Asked(approved=not story.demo.refused if task.kind == "approval" else None)
    _require(story, task, complete.complete_task(unit, actor, held, asked, story.cast.secrets).problems)


def _require(story: _Story, task: Task, problems: Sequence[object]) -> None:
    if problems:
        raise AssertionError(f"{story.demo.name}, {task.title}: {problems}")
