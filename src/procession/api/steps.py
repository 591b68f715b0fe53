"""Steps of templates (spec 30 §9)."""

from procession.api.checklist_bodies import CREATE_STEP, REORDER, UPDATE_STEP, read_body, require_fresh, step_change
from procession.api.endpoint import Call, Reply, operation
from procession.engine.model import Problem
from procession.engine.model import Step as Stored
from procession.kernel.paging import read_page
from procession.labels.reading import tags_of, unknown_tags
from procession.labels.tags import add_tags
from procession.templates import steps
from procession.templates.access import step_subject, template_to_see
from procession.templates.model import Problems
from procession.templates.versions import compiled
from procession.wire import checklist as wire
from procession.wire.automation import rule_warnings
from procession.wire.checklist_paths import step_path
from procession.wire.paging import paged
from procession.wire.tag import show_tags

BASE = "/organizations/{org}/checklists/{checklist}/steps"
ITEM = BASE + "/{step}"


@operation("GET", BASE, id="listSteps", acts=("template.see",),
           query=("with", "page", "per_page", "limit", "without_pagination", "pagination"), answer=list[wire.Step],
           tag="Steps")  # fmt: skip
def list_steps(call: Call) -> Reply:
    """List the steps of a template"""
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"))
    page = read_page(call.query, 100, 100)
    found = sorted(compiled(call.unit, template.version_id).document.steps, key=lambda one: one.position)
    shown = _shown(call, template.id, found[page.skip : page.skip + page.size])
    return Reply(body=paged(shown, page, len(found), call.links))


@operation("POST", BASE, id="createStep", acts=("template.edit",), body=CREATE_STEP, query=("with",), answer=wire.Step,
           status=201, tag="Steps")  # fmt: skip
def create_step(call: Call) -> Reply:
    """Append a step"""
    template_id = call.path_id("checklist")
    problems = _problems(call)
    sent = read_body(call, CREATE_STEP, problems)
    tags = sent.get("tags", [])
    for index in unknown_tags(call.unit, tags) if tags else ():
        problems.append(Problem(("tags", str(index)), "The selected tag does not exist."))
    done = steps.add_step(call.unit, call.actor, template_id, step_change(sent), problems)
    if tags:
        add_tags(call.unit, step_subject(done.step), [str(one).lower() for one in tags])
    return _reply(call, done, status=201)


@operation("GET", ITEM, id="getStep", acts=("template.see",), query=("with",), answer=wire.Step, tag="Steps")
def get_step(call: Call) -> Reply:
    """Get a step"""
    step_id = call.path_id("step")
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"))
    step = steps.step_of(compiled(call.unit, template.version_id).document, step_id)
    return _reply(call, steps.StepChanged(template, step))


@operation("PUT", ITEM, id="updateStep", acts=("template.edit",), body=UPDATE_STEP, query=("with",), answer=wire.Step,
           tag="Steps")  # fmt: skip
def update_step(call: Call) -> Reply:
    """Update a step"""
    if isinstance(call.body, dict) and set(call.body) == {"position"}:
        # One builder moves steps this way (spec 30 §9.1).
        return reorder_step(call)
    template_id, step_id = call.path_id("checklist"), call.path_id("step")
    require_fresh(call, template_id, step_id)
    problems = _problems(call)
    sent = read_body(call, UPDATE_STEP, problems)
    change = step_change(sent)
    return _reply(call, steps.update_step(call.unit, call.actor, template_id, step_id, change, problems))


@operation("PUT", ITEM + "/reorder", id="reorderStep", acts=("template.edit",), body=REORDER, query=("with",),
           answer=wire.Step, tag="Steps")  # fmt: skip
def reorder_step(call: Call) -> Reply:
    """Move a step"""
    template_id, step_id = call.path_id("checklist"), call.path_id("step")
    require_fresh(call, template_id, step_id)
    problems = _problems(call)
    sent = read_body(call, REORDER, problems)
    return _reply(call, steps.reorder_step(call.unit, call.actor, template_id, step_id, sent.get("position"), problems))


@operation("POST", ITEM + "/clone", id="cloneStep", acts=("template.edit",), query=("with",), answer=wire.Step,
           status=201, tag="Steps")  # fmt: skip
def clone_step(call: Call) -> Reply:
    """Copy a step, directly after it"""
    template_id, step_id = call.path_id("checklist"), call.path_id("step")
    return _reply(call, steps.clone_step(call.unit, call.actor, template_id, step_id), status=201)


@operation("DELETE", ITEM, id="deleteStep", acts=("template.edit",), status=204, tag="Steps")
def delete_step(call: Call) -> Reply:
    """Delete a step, for good"""
    template_id, step_id = call.path_id("checklist"), call.path_id("step")
    require_fresh(call, template_id, step_id)
    steps.delete_step(call.unit, call.actor, template_id, step_id)
    return Reply(status=204)


def _problems(call: Call) -> Problems:
    return Problems(lambda found: call.raise_problems(found, step_path))


def _shown(call: Call, template_id: str, found: list[Stored]) -> list[wire.Step]:
    tags = tags_of(call.unit, "step", [one.id for one in found]) if call.wants("tags") else {}
    empty = [name for name in ("comments", "threads") if call.wants(name)]
    return [
        wire.step(
            one,
            template_id,
            {name: {"data": []} for name in empty} | ({"tags": show_tags(tags[one.id])} if tags else {}),
        )
        for one in found
    ]


def _reply(call: Call, done: steps.StepChanged, status: int = 200) -> Reply:
    call.warnings += rule_warnings(done.warnings)
    shown = _shown(call, done.template.id, [done.step])[0]
    return Reply(body={"data": shown}, status=status, revision=done.step.revision, updated=done.step.updated_at)
