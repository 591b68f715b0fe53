"""Tasks of another template among those of a running process, directly after one of its tasks (spec 10 §11.4)."""

from typing import Any

from procession.engine.work import Process, Task
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.launching import Launchable
from procession.templates.versions import freeze
from procession.work import step_queries
from procession.work.complete import settle_process
from procession.work.gather import all_mentions, know
from procession.work.job_titles import BUCKETS, default_people, fill, titles_of_steps
from procession.work.launch_tasks import Plan, plan_tasks, write_tasks
from procession.work.persist import Involvement, involve, process_event


def inject(unit: Unit, actor: Actor, process: Process, after: Task, source: Launchable, secrets: Any) -> Process:
    """Add one task per step of the template behind `after`, dated from now and assigned by the steps themselves.

    They keep the template's own version: they and the other tasks do not see each other's answers.
    """
    steps = source.version.document.steps
    titles = titles_of_steps(unit, steps, {})
    people: list[object] = [{name: list(getattr(step, ours)) for name, ours in BUCKETS.items()} for step in steps]
    known = know(unit, all_mentions(None, (), {}, [*people, *default_people(titles.values())]), actor.settings)
    plan = Plan(
        unit=unit,
        actor=actor,
        source=source,
        overrides={},
        known=known,
        starter=process.starter_id,
        owner=process.owner_id,
        roles=fill(titles, {}, known.people)[0],
        behind=after.position,
    )
    planned = plan_tasks(plan, [])
    unit.write(step_queries.MAKE_ROOM, process=process.id, after=after.position, by=len(planned))
    written = write_tasks(plan, planned, process, secrets, {})
    involve(unit, process.id, {who: Involvement(assigned=count) for who, count in written.given.items()})
    freeze(unit, source.version)
    shift = {"after": after.position, "by": len(planned), "template_id": source.template.id}
    told = process_event(process.id, "injected", "linked", field="tasks", new=shift)
    settled, events = settle_process(unit, process, revision=process.revision + 1)
    unit.record([told, *written.told, *events])
    return settled
