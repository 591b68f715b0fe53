"""Rules of templates (spec 31 §3)."""

from collections.abc import Sequence

from procession.api.automation_bodies import ORDER, RULE, rule_draft
from procession.api.checklist_bodies import read_body
from procession.api.endpoint import PAGES, Call, Reply, operation
from procession.engine.model import Problem, TemplateDocument
from procession.kernel.ids import read_id
from procession.kernel.paging import Page
from procession.people.permissions import require_one
from procession.templates import rules, sequence
from procession.templates.access import template_to_see
from procession.templates.editing import open_template
from procession.templates.model import Problems
from procession.templates.versions import compiled
from procession.wire import automation as wire
from procession.wire.paging import paged, whole

BASE = "/organizations/{org}/checklists/{checklist}/automated-actions"
ITEM = BASE + "/{rule}"
SEQUENCE = "/organizations/{org}/checklists/{checklist}/make-sequential"


@operation("GET", BASE, id="listAutomatedActions", acts=("template.see_inside",), query=PAGES,
           answer=list[wire.AutomatedAction], tag="Automations")  # fmt: skip
def list_automated_actions(call: Call) -> Reply:
    """List the rules of a template, in the order of execution"""
    require_one(call.actor, ("template.see_inside",))
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"))
    return _list(call, compiled(call.unit, template.version_id).document)


@operation("POST", BASE, id="createAutomatedAction", acts=("template.edit",), body=RULE, answer=wire.AutomatedAction,
           status=201, tag="Automations")  # fmt: skip
def create_automated_action(call: Call) -> Reply:
    """Add a rule"""
    template_id = call.path_id("checklist")
    problems = _problems(call)
    draft = rule_draft(read_body(call, RULE, problems))
    return _reply(rules.add_rule(call.unit, call.actor, template_id, draft, problems), status=201)


@operation("PUT", BASE + "/reorder", id="reorderAutomatedActions", acts=("template.edit",), body=ORDER,
           answer=list[wire.AutomatedAction], tag="Automations")  # fmt: skip
def reorder_automated_actions(call: Call) -> Reply:
    """Move one rule, or put all in an order"""
    template_id = call.path_id("checklist")
    problems = _problems(call)
    sent = read_body(call, ORDER, problems)
    order = [read_id(one) for one in sent.get("order", [])]
    place = None
    if order:  # an empty one names nothing, as if it were not there
        _check(order, problems)
    else:
        order, place = [read_id(sent.get("id"))], sent.get("position")
        if order == [None]:
            problems.append(Problem(("id",), "The id field is required."))
        if place is None and not any(one.path == ("position",) for one in problems):
            problems.append(Problem(("position",), "The position field is required."))
    named = [one for one in order if one is not None]
    _, document = rules.arrange_rules(call.unit, call.actor, template_id, named, place, problems)
    return _list(call, document)


def _check(order: Sequence[str | None], problems: list[Problem]) -> None:
    text = "The selected rule does not exist."
    problems += [Problem(("order", str(index)), text) for index, one in enumerate(order) if one is None]


@operation("GET", ITEM, id="getAutomatedAction", acts=("template.see_inside",), answer=wire.AutomatedAction,
           tag="Automations")  # fmt: skip
def get_automated_action(call: Call) -> Reply:
    """Get a rule"""
    require_one(call.actor, ("template.see_inside",))
    rule_id = call.path_id("rule")
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"))
    document = compiled(call.unit, template.version_id).document
    return _reply(rules.RuleChanged(template, rules.rule_of(document, rule_id), document))


@operation("PUT", ITEM, id="updateAutomatedAction", acts=("template.edit",), body=RULE, answer=wire.AutomatedAction,
           tag="Automations")  # fmt: skip
def update_automated_action(call: Call) -> Reply:
    """Update a rule; its conditions and actions are synchronised by id"""
    template_id, rule_id = call.path_id("checklist"), call.path_id("rule")
    _require_fresh(call, template_id, rule_id)
    problems = _problems(call)
    draft = rule_draft(read_body(call, RULE, problems))
    return _reply(rules.update_rule(call.unit, call.actor, template_id, rule_id, draft, problems))


@operation("POST", ITEM + "/clone", id="cloneAutomatedAction", acts=("template.edit",), answer=wire.AutomatedAction,
           status=201, tag="Automations")  # fmt: skip
def clone_automated_action(call: Call) -> Reply:
    """Copy a rule, directly after it"""
    template_id, rule_id = call.path_id("checklist"), call.path_id("rule")
    return _reply(rules.clone_rule(call.unit, call.actor, template_id, rule_id, _problems(call)), status=201)


@operation("DELETE", ITEM, id="deleteAutomatedAction", acts=("template.edit",), status=204, tag="Automations")
def delete_automated_action(call: Call) -> Reply:
    """Delete a rule"""
    template_id, rule_id = call.path_id("checklist"), call.path_id("rule")
    _require_fresh(call, template_id, rule_id)
    rules.delete_rule(call.unit, call.actor, template_id, rule_id)
    return Reply(status=204)


@operation("POST", SEQUENCE, id="makeSequential", acts=("template.edit",), answer=list[wire.AutomatedAction],
           status=201, tag="Automations")  # fmt: skip
def make_sequential(call: Call) -> Reply:
    """Force the order of the steps: rules that show each when the one before it is completed"""
    done = sequence.make_sequential(call.unit, call.actor, call.path_id("checklist"), _problems(call))
    shown = [wire.automated_action(one, rules.place_of(done.document, one.id)) for one in done.made]
    return Reply(body=paged(shown, Page(1, max(len(shown), 1)), len(shown), call.links), status=201)


@operation("DELETE", SEQUENCE, id="undoSequential", acts=("template.edit",), status=204, tag="Automations")
def undo_sequential(call: Call) -> Reply:
    """Take away the rules that force an order, but for those that were edited"""
    sequence.undo_sequence(call.unit, call.actor, call.path_id("checklist"))
    return Reply(status=204)


def _problems(call: Call) -> Problems:
    return Problems(lambda found: call.raise_problems(found, wire.automation_path))


def _require_fresh(call: Call, template_id: str, rule_id: str) -> None:
    """412 when the caller's precondition names an older state of the rule (spec 00 CONC-01)."""
    if call.headers.get("if-match") is None and call.headers.get("if-unmodified-since") is None:
        return
    opened = open_template(call.unit, call.actor, template_id)
    rule = rules.rule_of(opened.document, rule_id)
    call.require_fresh(rule.revision, rule.updated_at or opened.template.updated_at)


def _reply(done: rules.RuleChanged, status: int = 200) -> Reply:
    shown = wire.automated_action(done.rule, rules.place_of(done.document, done.rule.id))
    return Reply(body={"data": shown}, status=status, revision=done.rule.revision, updated=done.rule.updated_at)


def _list(call: Call, document: TemplateDocument) -> Reply:
    """Every rule on one page."""
    shown = wire.automated_actions(document)
    return Reply(body=whole(shown, call.query, call.links))
