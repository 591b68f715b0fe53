"""Milestones of templates (spec 30 §7)."""

from msgspec import UNSET

from procession.api.checklist_bodies import ID, REORDER, read_body
from procession.api.endpoint import PAGES, Call, Reply, operation
from procession.api.reading import Shape, integer, items, text
from procession.engine.model import Stage, TemplateDocument
from procession.engine.richtext import strip_tags
from procession.templates import stages
from procession.templates.access import template_to_see
from procession.templates.editing import open_template
from procession.templates.model import Problems
from procession.templates.versions import compiled
from procession.wire import checklist as wire
from procession.wire.checklist_paths import checklist_path
from procession.wire.paging import whole

BASE = "/organizations/{org}/checklists/{checklist}/stages"
ITEM = BASE + "/{stage}"
_MEMBERS = {
    "title": text(250, clean=strip_tags, aliases=("name",)),
    "position": integer(1, null="keep"),
    "step_ids": items(1000, of=ID),
}
CREATE = Shape("createStageInput", _MEMBERS, required=("title",))
UPDATE = Shape("updateStageInput", _MEMBERS)


@operation("GET", BASE, id="listStages", acts=("template.see",), query=PAGES, answer=list[wire.Stage],
           tag="Stages")  # fmt: skip
def list_stages(call: Call) -> Reply:
    """List the milestones of a template"""
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"))
    found = wire.stages(compiled(call.unit, template.version_id).document, template.id)
    return Reply(body=whole(found, call.query, call.links))


@operation("POST", BASE, id="createStage", acts=("template.edit",), body=CREATE, answer=wire.Stage, status=201,
           tag="Stages")  # fmt: skip
def create_stage(call: Call) -> Reply:
    """Add a milestone to a template"""
    problems = _problems(call)
    draft = _draft(call, CREATE, problems)
    done = stages.add_stage(call.unit, call.actor, call.path_id("checklist"), draft, problems)
    return _reply(call, done.stage, done.document, status=201)


@operation("PUT", ITEM, id="updateStage", acts=("template.edit",), body=UPDATE, answer=wire.Stage, tag="Stages")
def update_stage(call: Call) -> Reply:
    """Update a milestone"""
    stage_id = _fresh(call)
    problems = _problems(call)
    draft = _draft(call, UPDATE, problems)
    done = stages.update_stage(call.unit, call.actor, call.path_id("checklist"), stage_id, draft, problems)
    return _reply(call, done.stage, done.document)


@operation("PUT", ITEM + "/reorder", id="reorderStage", acts=("template.edit",), body=REORDER, answer=wire.Stage,
           tag="Stages")  # fmt: skip
def reorder_stage(call: Call) -> Reply:
    """Move a milestone"""
    stage_id = _fresh(call)
    problems = _problems(call)
    sent = read_body(call, REORDER, problems)
    draft = stages.StageDraft(position=sent.get("position", UNSET))
    done = stages.update_stage(call.unit, call.actor, call.path_id("checklist"), stage_id, draft, problems)
    return _reply(call, done.stage, done.document)


@operation("DELETE", ITEM, id="deleteStage", acts=("template.edit",), status=204, tag="Stages")
def delete_stage(call: Call) -> Reply:
    """Delete a milestone; its steps stay"""
    stage_id = _fresh(call)
    stages.delete_stage(call.unit, call.actor, call.path_id("checklist"), stage_id)
    return Reply(status=204)


def _problems(call: Call) -> Problems:
    return Problems(lambda found: call.raise_problems(found, checklist_path))


def _draft(call: Call, shape: Shape, problems: Problems) -> stages.StageDraft:
    sent = read_body(call, shape, problems)
    return stages.StageDraft(
        title=sent.get("title", UNSET), position=sent.get("position", UNSET), steps=sent.get("step_ids", UNSET)
    )


def _fresh(call: Call) -> str:
    """The stage of the path; 412 when the caller's precondition names an older state of it (spec 00 CONC-01)."""
    stage_id = call.path_id("stage")
    if call.headers.get("if-match") is not None or call.headers.get("if-unmodified-since") is not None:
        opened = open_template(call.unit, call.actor, call.path_id("checklist"))
        stage = stages.stage_of(opened.document, stage_id)
        call.require_fresh(stage.revision, stage.updated_at or opened.template.updated_at)
    return stage_id


def _reply(call: Call, stage: Stage, document: TemplateDocument, status: int = 200) -> Reply:
    shown = wire.stage(stage, document, call.path_id("checklist"))
    return Reply(body={"data": shown}, status=status, revision=stage.revision, updated=stage.updated_at)
