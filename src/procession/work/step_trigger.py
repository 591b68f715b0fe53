"""A task is completed whose step launches another template: that is left to a job (spec 30 §12, 10 §22.6)."""

from procession.engine.work import Task
from procession.kernel.unit import Unit
from procession.templates.versions import compiled
from procession.work import step_queries

STEP_LAUNCH = "step.launch"


def trigger(unit: Unit, task: Task) -> bool:
    """Leave the job that launches what the step of a completed task says; whether tasks will join the process.

    A rejected approval launches nothing, nor does a completion that an import tells of. A process that tasks will join
    is not complete yet.
    """
    if task.version_id is None or task.step_id is None or unit.imported:
        return False
    step = compiled(unit, task.version_id).steps.get(task.step_id)
    if step is None or step.launches is None or (task.kind == "approval" and task.approved is False):
        return False
    unit.enqueue(STEP_LAUNCH, {"task_id": task.id}, key=f"launch:{task.id}")
    return bool(step.launches.get("inject")) and unit.one(step_queries.LAUNCH_OF_TASK, task=task.id) is None
