"""Form fields of steps, and of the kick-off form one by one (spec 30 §11.4, §11.5)."""

from collections.abc import Sequence

from procession.api.checklist_bodies import CAPTURE, REORDER, draft, read_body, require_fresh, warn_rules
from procession.api.custom_values import custom_fields_of
from procession.api.endpoint import PAGES, Call, Reply, operation
from procession.api.reading import Shape, integer, items, raw
from procession.engine.model import Field, Problem, TemplateDocument
from procession.kernel.ids import read_id
from procession.templates import fields
from procession.templates.access import template_to_see
from procession.templates.model import Holder, Problems
from procession.templates.steps import step_of
from procession.templates.versions import compiled
from procession.wire import capture as wire
from procession.wire.automation import rule_warnings
from procession.wire.checklist_paths import capture_path
from procession.wire.paging import whole

BASE = "/organizations/{org}/checklists/{checklist}/steps/{step}/captures"
ITEM = BASE + "/{capture}"
PRERUNS = "/organizations/{org}/checklists/{checklist}/preruns"
FARTHEST = 9999
ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
MOVE = Shape("reorderCapturesInput", {"capture_id": raw(ID), "position": integer(1), "order": items(1000, of=ID)})
MOVE_OUT = Shape(
    "moveCaptureInput", {"target_step_id": raw(ID), "position": integer(1, null="keep")}, required=("target_step_id",)
)


@operation("GET", BASE, id="listCaptures", acts=("template.see",), query=PAGES, answer=list[wire.Capture],
           tag="Form fields")  # fmt: skip
def list_captures(call: Call) -> Reply:
    """List the form fields of a step"""
    holder, document = _seen(call)
    return _list(call, holder, document)


@operation("POST", BASE, id="createCapture", acts=("template.edit",), body=CAPTURE, answer=wire.Capture, status=201,
           tag="Form fields")  # fmt: skip
def create_capture(call: Call) -> Reply:
    """Add a form field to a step"""
    holder = _holder(call)
    problems = _problems(call)
    sent = read_body(call, CAPTURE, problems)
    done = fields.add_field(call.unit, call.actor, holder, draft(sent), problems)
    warn_rules(call, sent, done.field.validations)
    call.warnings += rule_warnings(done.warnings)
    return _reply(call, holder, done.document, done.field, status=201)


@operation("PUT", BASE, id="reorderCaptures", acts=("template.edit",), body=MOVE, answer=list[wire.Capture],
           tag="Form fields")  # fmt: skip
def reorder_captures(call: Call) -> Reply:
    """Move one form field of a step, or put all in an order"""
    holder = _holder(call)
    problems = _problems(call)
    sent = read_body(call, MOVE, problems)
    order = [read_id(one) for one in sent.get("order", [])]
    field_id = read_id(sent.get("capture_id"))
    if order:  # an empty one names nothing, as if it were not there
        problems += [
            Problem(("order", str(index)), "The selected field does not exist.")
            for index, one in enumerate(order)
            if one is None
        ]
    else:
        if field_id is None:
            problems.append(Problem(("capture_id",), "The capture id field is required."))
        if "position" not in sent and not any(one.path == ("position",) for one in problems):
            problems.append(Problem(("position",), "The position field is required."))
    document = fields.arrange(
        call.unit, call.actor, holder, fields.Arrangement(order, field_id, sent.get("position", 1)), problems
    )
    return _list(call, holder, document)


@operation("GET", ITEM, id="getCapture", acts=("template.see",), answer=wire.Capture, tag="Form fields")
def get_capture(call: Call) -> Reply:
    """Get a form field of a step"""
    field_id = call.path_id("capture")
    holder, document = _seen(call)
    return _reply(call, holder, document, fields.field_of(document, holder.step_id, field_id))


@operation("PUT", ITEM, id="updateCapture", acts=("template.edit",), body=CAPTURE, answer=wire.Capture,
           tag="Form fields")  # fmt: skip
def update_capture(call: Call) -> Reply:
    """Update a form field of a step"""
    holder, field_id = _holder(call), call.path_id("capture")
    require_fresh(call, holder.template_id, holder.step_id, field_id)
    problems = _problems(call)
    sent = read_body(call, CAPTURE, problems)
    done = fields.update_field(call.unit, call.actor, holder, field_id, draft(sent), problems)
    warn_rules(call, sent, done.field.validations)
    call.warnings += rule_warnings(done.warnings)
    return _reply(call, holder, done.document, done.field)


@operation("PUT", ITEM + "/move-out", id="moveCapture", acts=("template.edit",), body=MOVE_OUT, answer=wire.Capture,
           tag="Form fields")  # fmt: skip
def move_capture(call: Call) -> Reply:
    """Move a form field to another step"""
    holder, field_id = _holder(call), call.path_id("capture")
    require_fresh(call, holder.template_id, holder.step_id, field_id)
    problems = _problems(call)
    sent = read_body(call, MOVE_OUT, problems)
    place = sent.get("position", 1)
    if place > FARTHEST:
        problems.append(Problem(("position",), f"The position may not be greater than {FARTHEST}."))
    target_id = read_id(sent.get("target_step_id")) or ""
    done = fields.move_field_out(
        call.unit, call.actor, holder, field_id, target_id=target_id, place=place, problems=problems
    )
    return _reply(call, Holder(holder.template_id, target_id), done.document, done.field)


@operation("DELETE", ITEM, id="deleteCapture", acts=("template.edit",), status=204, tag="Form fields")
def delete_capture(call: Call) -> Reply:
    """Delete a form field of a step"""
    holder, field_id = _holder(call), call.path_id("capture")
    require_fresh(call, holder.template_id, holder.step_id, field_id)
    fields.delete_field(call.unit, call.actor, holder, field_id)
    return Reply(status=204)


@operation("POST", PRERUNS, id="createPrerun", acts=("template.edit",), body=CAPTURE, answer=wire.Prerun, status=201,
           tag="Form fields")  # fmt: skip
def create_prerun(call: Call) -> Reply:
    """Add a kick-off field"""
    holder = Holder(call.path_id("checklist"), None)
    problems = _problems(call)
    sent = read_body(call, CAPTURE, problems)
    done = fields.add_field(call.unit, call.actor, holder, draft(sent), problems)
    warn_rules(call, sent, done.field.validations)
    call.warnings += rule_warnings(done.warnings)
    return _reply(call, holder, done.document, done.field, status=201)


@operation("PUT", PRERUNS + "/{prerun}", id="updatePrerun", acts=("template.edit",), body=CAPTURE, answer=wire.Prerun,
           tag="Form fields")  # fmt: skip
def update_prerun(call: Call) -> Reply:
    """Update a kick-off field"""
    holder, field_id = Holder(call.path_id("checklist"), None), call.path_id("prerun")
    require_fresh(call, holder.template_id, None, field_id)
    problems = _problems(call)
    sent = read_body(call, CAPTURE, problems)
    done = fields.update_field(call.unit, call.actor, holder, field_id, draft(sent), problems)
    warn_rules(call, sent, done.field.validations)
    call.warnings += rule_warnings(done.warnings)
    return _reply(call, holder, done.document, done.field)


@operation("PUT", PRERUNS + "/{prerun}/reorder", id="reorderPrerun", acts=("template.edit",), body=REORDER,
           answer=wire.Prerun, tag="Form fields")  # fmt: skip
def reorder_prerun(call: Call) -> Reply:
    """Move a kick-off field"""
    holder, field_id = Holder(call.path_id("checklist"), None), call.path_id("prerun")
    require_fresh(call, holder.template_id, None, field_id)
    problems = _problems(call)
    sent = read_body(call, REORDER, problems)
    arrangement = fields.Arrangement([], field_id, sent.get("position", 1))
    document = fields.arrange(call.unit, call.actor, holder, arrangement, problems)
    return _reply(call, holder, document, fields.field_of(document, None, field_id))


def _holder(call: Call) -> Holder:
    return Holder(call.path_id("checklist"), call.path_id("step"))


def _seen(call: Call) -> tuple[Holder, TemplateDocument]:
    """The step of the path for reading, and the template's content."""
    holder = _holder(call)
    template = template_to_see(call.unit, call.actor, holder.template_id)
    return holder, compiled(call.unit, template.version_id).document


def _problems(call: Call) -> Problems:
    return Problems(lambda found: call.raise_problems(found, capture_path))


def _shown(
    call: Call, holder: Holder, document: TemplateDocument, found: Sequence[Field]
) -> list[wire.Capture | wire.Prerun]:
    custom = custom_fields_of(call, found)
    if holder.step_id is None:
        return [wire.prerun(one, holder.template_id, custom) for one in found]
    step = step_of(document, holder.step_id)
    where = {"checklist_id": holder.template_id, "step_id": step.id, "step_name": step.title}
    return [wire.capture(one, **where, custom=custom) for one in found]


def _reply(call: Call, holder: Holder, document: TemplateDocument, field: Field, status: int = 200) -> Reply:
    shown = _shown(call, holder, document, [field])[0]
    return Reply(body={"data": shown}, status=status, revision=field.revision, updated=field.updated_at)


def _list(call: Call, holder: Holder, document: TemplateDocument) -> Reply:
    """Every field of the step on one page."""
    found = _shown(call, holder, document, fields.fields_of(document, holder.step_id))
    return Reply(body=whole(found, call.query, call.links))
