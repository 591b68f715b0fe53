"""Steps of templates (spec 30 §9)."""

from typing import Any

from procession.api.checklist_bodies import CREATE_STEP, REORDER, UPDATE_STEP, read_body, require_fresh, step_change
from procession.api.custom_values import PARTS, custom_of
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, choice
from procession.api.step_lists import CREATE_STEPS, UPDATE_STEPS, read_common, read_steps
from procession.api.threads_shown import counts_on, threads_on
from procession.engine.model import Problem
from procession.engine.model import Step as Stored
from procession.kernel.paging import Page, read_page
from procession.labels.reading import tags_of, unknown_tags
from procession.labels.tags import add_tags
from procession.templates import bulk, steps
from procession.templates.access import step_subject, template_to_see
from procession.templates.drafts import StepChange
from procession.templates.model import Problems
from procession.templates.versions import compiled
from procession.wire import checklist as wire
from procession.wire.automation import rule_warnings
from procession.wire.checklist_paths import step_path
from procession.wire.paging import paged
from procession.wire.tag import show_tags

BASE = "/organizations/{org}/checklists/{checklist}/steps"
ITEM = BASE + "/{step}"
DELETED_MESSAGE = "The step was deleted, and references were also deleted from:"
EDIT_TYPE = Shape(
    "editStepTypeInput",
    {"stepType": choice({"all": "all", "any": "any"}, aliases=("steptype", "step_type", "StepType"))},
    required=("stepType",),
)
"""Who completes a step, in the words of the flow connector (spec 50 PP-02, PP-04)."""

FREED_TYPES = {"rule": "Rule", "step": "Step"}


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


@operation("DELETE", ITEM, id="deleteStep", acts=("template.edit",), query=("force",), status=204, statuses=(200,),
           tag="Steps")  # fmt: skip
def delete_step(call: Call) -> Reply:
    """Delete a step, for good; by force also what depends on it, which is then told"""
    template_id, step_id = call.path_id("checklist"), call.path_id("step")
    require_fresh(call, template_id, step_id)
    force = bool(call.query.flag("force"))
    freed = steps.delete_step(call.unit, call.actor, template_id, step_id, force=force)
    if not force:
        return Reply(status=204)
    shown = [wire.DeletedReference(FREED_TYPES[one.kind], one.title, one.id) for one in freed]
    return Reply(body=wire.ArchivedChecklist(DELETED_MESSAGE, shown))


@operation("PUT", "/processes/micro-functions/organizations/{org}/blueprints/{checklist}/steps/{step}/edit-step-type",
           id="editStepType", acts=("template.edit",), body=EDIT_TYPE, query=("with",), answer=wire.Step,
           tag="Steps")  # fmt: skip
def edit_step_type(call: Call) -> Reply:
    """Say whether everyone or anyone completes a step, as the flow connector does"""
    template_id, step_id = call.path_id("checklist"), call.path_id("step")
    problems = Problems(lambda found: call.raise_problems(found, lambda _: "stepType"))
    sent = read_body(call, EDIT_TYPE, problems)
    values = {"everyone_must_complete": sent["stepType"] == "all"} if "stepType" in sent else {}
    return _reply(
        call, steps.update_step(call.unit, call.actor, template_id, step_id, StepChange(values=values), problems)
    )


# -- many at once ------------------------------------------------------------------------------------------------------


@operation("POST", BASE + "/bulk", id="createSteps", acts=("template.edit",), body=CREATE_STEPS, query=("with",),
           answer=list[wire.Step], status=201, tag="Steps")  # fmt: skip
def create_steps(call: Call) -> Reply:
    """Append many steps: a list of them, or a text with one title a line"""
    template_id = call.path_id("checklist")
    problems = _problems(call)
    sent = read_steps(read_body(call, CREATE_STEPS, problems), problems)
    tags = {(index, place): one for index, step in enumerate(sent) for place, one in enumerate(step.get("tags", []))}
    unknown = unknown_tags(call.unit, list(tags.values())) if tags else []
    for index, place in [list(tags)[one] for one in unknown]:
        problems.append(Problem(("steps", str(index), "tags", str(place)), "The selected tag does not exist."))
    done = bulk.add_steps(call.unit, call.actor, template_id, [step_change(one) for one in sent], problems)
    for step, one in zip(done.steps, sent, strict=True):
        if one.get("tags"):
            add_tags(call.unit, step_subject(step), [str(tag).lower() for tag in one["tags"]])
    return _several(call, done, status=201)


@operation("PUT", BASE + "/bulk", id="updateSteps", acts=("template.edit",), body=UPDATE_STEPS, query=("with",),
           answer=list[wire.Step], tag="Steps")  # fmt: skip
def update_steps(call: Call) -> Reply:
    """Change several steps alike: their people, their deadline, their milestone"""
    problems = _problems(call)
    sent = read_body(call, UPDATE_STEPS, problems)
    change = step_change(read_common(sent.get("set"), problems))
    done = bulk.update_steps(call.unit, call.actor, call.path_id("checklist"), sent.get("ids", []), change, problems)
    return _several(call, done)


def _several(call: Call, done: bulk.StepsChanged, status: int = 200) -> Reply:
    """The steps on one page; the tag is that of the template, which they are parts of."""
    call.warnings += rule_warnings(done.warnings)
    shown = _shown(call, done.template.id, list(done.steps))
    body = paged(shown, Page(1, max(len(shown), 1)), len(shown), call.links)
    return Reply(body=body, status=status, revision=done.template.revision, updated=done.template.updated_at)


def _problems(call: Call) -> Problems:
    return Problems(lambda found: call.raise_problems(found, step_path))


def _shown(call: Call, template_id: str, found: list[Stored]) -> list[wire.Step]:
    tags = tags_of(call.unit, "step", [one.id for one in found]) if call.wants("tags") else {}
    stages = _stages(call, template_id) if call.wants("stage") else None
    homes = dict.fromkeys((one.id for one in found), template_id)
    asked = [name for name in ("comments", "threads") if call.wants(name)]
    threads = threads_on(call, homes) if asked else {}
    counts = counts_on(call, list(homes))
    custom = custom_of(call, PARTS, [id_ for one in found for id_ in (one.id, *(field.id for field in one.fields))])
    shown = []
    for one in found:
        includes: dict[str, Any] = {name: {"data": threads[one.id]} for name in asked}
        includes["threads_count"] = counts[one.id]
        if tags:
            includes["tags"] = show_tags(tags[one.id])
        if stages is not None:
            includes["stage"] = {"data": stages.get(one.stage_id or "")}
        shown.append(wire.step(one, template_id, includes, custom))
    return shown


def _stages(call: Call, template_id: str) -> dict[str, wire.Stage]:
    """The milestones of the template by id."""
    template = template_to_see(call.unit, call.actor, template_id)
    return {one.id: one for one in wire.stages(compiled(call.unit, template.version_id).document, template_id)}


def _reply(call: Call, done: steps.StepChanged, status: int = 200) -> Reply:
    call.warnings += rule_warnings(done.warnings)
    shown = _shown(call, done.template.id, [done.step])[0]
    body = {"data": shown} | (call.id_beside(shown.id) if status == 201 else {})
    return Reply(body=body, status=status, revision=done.step.revision, updated=done.step.updated_at)
